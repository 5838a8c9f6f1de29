import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { findDrift, lookForDrift } from '../../../src/release/drift.js';
import { CommandFailure } from '../../../src/tools/command.js';
import { fakeCluster } from '../../fakes/cluster.js';
import { kubectlDiff, type Side as Named } from '../../fakes/diffs.js';
import { FakeExec } from '../../fakes/exec.js';

const object = (kind: string, name: string, more: object = {}): string => JSON.stringify({ kind, metadata: { name, ...more } });
const MANIFEST = [
  object('ConfigMap', 'a'),
  object('ClusterIssuer', 'b'),
  object('Service', 'c', { namespace: 'other' }),
  object('Certificate', 'd'),
  object('ConfigMap', 'e'),
].join('\n---\n');

/** A server that says `refusal` of objects whose kind matches, and of all others that `e` is gone. */
const serverThat = (refusal: string, kinds: RegExp): FakeExec =>
  new FakeExec().on(/^kubectl diff/, ({ options }) => {
    const asked = parseAllDocuments(options.stdin ?? '').map((document) => document.toJS() as Named);
    if (asked.some(({ kind }) => kinds.test(kind))) return { code: 1, stderr: refusal };
    return kubectlDiff(...asked.filter(({ metadata }) => metadata.name === 'e').map((merged) => ({ merged })));
  });

describe('looking for drift', () => {
  it.each([
    ['no matches for kind "ClusterIssuer" in version "cert-manager.io/v1"', /^ClusterIssuer$/, ['ClusterIssuer b', 'ConfigMap e'], []],
    ['Error from server (NotFound): namespaces "other" not found', /^Service$/, ['ConfigMap e', 'Service c'], []],
    [
      'Internal error occurred: failed calling webhook "webhook.cert-manager.io": connection refused',
      /^(ClusterIssuer|Certificate)$/,
      ['ConfigMap e'],
      ['Certificate d', 'ClusterIssuer b'],
    ],
  ])('tells what is gone from what nobody can judge: %s', async (refusal, kinds, drifted, unanswered) => {
    const cluster = await fakeCluster(serverThat(refusal, kinds));
    const result = await lookForDrift(cluster, MANIFEST, 'langsmith');
    expect(result.drifted.map(({ id, missing }) => [id, missing])).toEqual(drifted.map((id) => [id, true]));
    expect(result.unanswered).toEqual(unanswered);
    const all = findDrift(cluster, MANIFEST, 'langsmith');
    if (unanswered.length === 0) expect(await all).toEqual(result.drifted);
    else await expect(all).rejects.toMatchObject({ stderr: 'failed calling webhook for Certificate d, ClusterIssuer b' });
  });

  it('gives up where the server refuses for another reason, and asks nothing of an empty manifest', async () => {
    const cluster = await fakeCluster(serverThat('Error: denied', /./));
    await expect(lookForDrift(cluster, MANIFEST, 'langsmith')).rejects.toBeInstanceOf(CommandFailure);
    expect(await lookForDrift(cluster, '---\n# nothing\n', 'langsmith')).toEqual({ drifted: [], unanswered: [] });
  });

  it('keeps objects of one name in two namespaces apart', async () => {
    const one = object('Role', 'r', { namespace: 'x' });
    const two = object('Role', 'r', { namespace: 'y' });
    const fake = new FakeExec().on(/^kubectl diff/, kubectlDiff({ merged: JSON.parse(two) as Named }));
    const { drifted } = await lookForDrift(await fakeCluster(fake), `${one}\n---\n${two}\n`, 'x');
    expect(drifted.map(({ id }) => id)).toEqual(['Role r in y']);
  });
});
