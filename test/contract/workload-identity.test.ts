import { describe, expect, it } from '@jest/globals';
import { objectName, workloadIdentityServiceAccounts, workloadsOf, type PassNumber } from '../../src/passes.js';
import { productionShape } from '../fakes/cluster.js';
import { environment, ofKind, render, type Rendered } from '../unit/rehearsal/charts/render.js';
import { SCENARIOS } from '../unit/rehearsal/charts/scenarios.js';

/** Whether the first container of a workload or Job is told of a storage account. */
const readsBlob = (object: Rendered): boolean => environment(object)['AZURE_STORAGE_ACCOUNT_NAME'] !== undefined;

const serviceAccount = (object: Rendered): string => String(object.spec.template.spec.serviceAccountName);

const PASSES = [2, 3, 4, 5] as const satisfies readonly PassNumber[];

describe('service accounts that read Blob Storage, computed from the rendered chart', () => {
  it.each(PASSES)('T215 T247 pass %i: those of Deployments are the readers of the catalogue', async (pass) => {
    const objects = await render('langsmith', SCENARIOS[`prod-pass${pass}`]);
    const readers = ofKind(objects, 'Deployment').filter(readsBlob).map(serviceAccount);
    const promised = workloadsOf(productionShape(pass)).filter((workload) => workload.readsBlob);
    expect(readers.sort()).toEqual(promised.map((workload) => objectName('langsmith', workload.suffix)).sort());
  });

  it('together with those of Jobs and of agent pods they are exactly the ones with a federated credential', async () => {
    const objects = await render('langsmith', SCENARIOS['prod-pass5']);
    const rendered = [...ofKind(objects, 'Deployment'), ...ofKind(objects, 'Job')].filter(readsBlob).map(serviceAccount);
    // Agent pods are made at run time by the operator, under an account of ours.
    expect([...new Set([...rendered, 'langsmith-ksa'])].sort()).toEqual(workloadIdentityServiceAccounts('langsmith'));
  });
});
