import { appendFile, cp } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Observer } from '../../rehearsal/observe.js';
import { PROJECT, Rehearsal } from '../../rehearsal/rehearsal.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { runPass, type Outcome, type PassRun } from './support/passes.js';

/*
 * Pass 2 from a cluster with nothing in it to a verified release, through everything that goes wrong on the way: one world, and each
 * test begins where the one before it stopped, so that every failure is followed by its recovery.
 */

jest.setTimeout(240_000);

const NAMESPACE = 'langsmith';

/** For runs that wait for what will not come: pods of the rehearsal fail within a second or two. */
const BRIEF = { 'timeout-minutes': '0.2' };

let rehearsal: Rehearsal;
let observer: Observer;
/** A second identity that pass 1 did not give the cluster role to. */
let colleague: Readonly<Record<string, string>>;

const apply = (run: Partial<PassRun> = {}): Promise<Outcome> => runPass(rehearsal, { pass: 2, ...run });
const plan = (run: Partial<PassRun> = {}): Promise<Outcome> => runPass(rehearsal, { pass: 2, command: 'plan', ...run });

/** Starts a run and returns once its job runs, so that the next one may have the workflow file. */
async function begin(run: Partial<PassRun>): Promise<{ outcome: Promise<Outcome>; reached: (phase: string) => Promise<void> }> {
  const groups = new Set<string>();
  const waiting = new Set<() => void>();
  const outcome = apply({
    ...run,
    onEvent: (event) => {
      if (event.type === 'group') groups.add(event.title);
      for (const look of waiting) look();
    },
  });
  // What nobody awaits yet must not end the process.
  outcome.catch(() => undefined);
  const reached = (phase: string): Promise<void> =>
    Promise.race([
      new Promise<void>((resolve) => waiting.add(() => groups.has(phase) && resolve())),
      outcome.then(({ step }) => {
        if (!groups.has(phase)) throw new Error(`the run ended before ${phase}:\n${step.log.join('\n')}`);
      }),
    ]);
  await reached('inputs');
  return { outcome, reached };
}

/** Another app registration of the same tenant that may do all but use the cluster. */
function addColleague(): Readonly<Record<string, string>> {
  const { world, tenant } = rehearsal;
  const deployer = world.directory.byClientId(tenant.clientId);
  if (deployer === undefined) throw new Error('there is no deploying identity');
  const { federatedCredentials } = deployer;
  const principal = world.directory.addPrincipal({ name: 'colleague', kind: 'app', federatedCredentials });
  for (const { id, scope, roleName, principalId } of world.resources.assignments()) {
    if (principalId !== deployer.objectId || roleName.startsWith('Azure Kubernetes Service')) continue;
    world.resources.assign({ id: `${id}-colleague`, scope, roleName, principalId: principal.objectId });
  }
  return { AZURE_CLIENT_ID: principal.clientId };
}

function grantCluster(): void {
  const { world } = rehearsal;
  const principal = world.directory.byClientId(colleague['AZURE_CLIENT_ID'] ?? '');
  const [cluster] = world.clusters.values();
  if (principal === undefined || cluster === undefined) throw new Error('there is nobody or nothing to grant');
  world.resources.assign({
    id: `${cluster.resourceId}/providers/Microsoft.Authorization/roleAssignments/colleague`,
    scope: cluster.resourceId,
    principalId: principal.objectId,
    roleName: 'Azure Kubernetes Service RBAC Cluster Admin',
  });
}

/** A checkout of the action whose base values hold a key that the chart does not know. */
async function actionWithBadValues(): Promise<string> {
  const root = path.join(rehearsal.directory, 'bad-action');
  for (const part of ['action.yml', 'deploy', 'dist', 'helm', 'terraform'])
    await cp(path.join(PROJECT, part), path.join(root, part), { recursive: true });
  await appendFile(path.join(root, 'helm/values/base.yaml'), '\nfrontnd:\n  deployment:\n    replicas: 2\n');
  return root;
}

beforeAll(async () => {
  rehearsal = await Rehearsal.start();
  expectSuccess(await runPass(rehearsal, { pass: 1 }));
  const observed = await Observer.of(rehearsal);
  if (observed === undefined) throw new Error('pass 1 made no cluster');
  observer = observed;
  colleague = addColleague();
});

afterAll(async () => {
  await rehearsal.stop();
});

describe('on the way to the first release', () => {
  it('platform-failed: an add-on whose image cannot be pulled is named with its pod and image', async () => {
    rehearsal.world.faults.imagePull = /ingress-nginx\/controller/;
    const { detail } = expectFailure(await apply({ with: BRIEF }), 'platform-failed');
    expect(detail).toMatch(/^ingress-nginx did not roll out:\nDeployment ingress-nginx\/ingress-nginx-controller: /);
    expect(detail).toMatch(
      /^pod ingress-nginx-controller-\S+, container controller: waiting, (ErrImagePull|ImagePullBackOff): .*ingress-nginx\/controller/m,
    );
    expect(detail).toMatch(/^likely cause: The image \S+ does not exist\./m);
  });

  it('release-failed: the add-on has recovered, and a failing migration Job is named with what it logged', async () => {
    rehearsal.world.faults.jobFails = /backend-migrations/;
    // The image comes once the next run waits for a rollout that the last one saw given up.
    const outcome = await apply({
      onEvent: (event) => {
        if (event.type === 'log' && event.line.includes('was given up by an earlier run')) rehearsal.world.faults.imagePull = undefined;
      },
    });
    expect(rehearsal.world.faults.imagePull).toBeUndefined();
    rehearsal.world.faults.jobFails = undefined;
    const { detail, fix } = expectFailure(outcome, 'release-failed');
    expect(outcome.step.summary).toMatch(/\| platform +\| done/);
    expect(detail).toMatch(/^Job langsmith-backend-migrations: BackoffLimitExceeded/m);
    expect(detail).toMatch(/ {2}log {3}ERROR langsmith-backend-migrations: task failed/);
    expect(detail).toMatch(/^likely cause: A migration failed\. Migrations only go forward/m);
    expect(fix).toMatch(/rolls forward/);
  });
});

describe('what takes its whole time, all at once', () => {
  let unhealthy: Promise<Outcome>;
  let forbidden: Promise<Outcome>;

  beforeAll(async () => {
    const { world } = rehearsal;
    const identity = world.directory.principals.find(({ kind }) => kind === 'managed-identity');
    const backend = identity?.federatedCredentials.findIndex(({ subject }) => subject.endsWith(':langsmith-backend')) ?? -1;
    expect(backend).toBeGreaterThanOrEqual(0);
    identity?.federatedCredentials.splice(backend, 1);
    world.faults.imagePull = /rehearsal\.example\/frontend/;
    world.faults.podCrashes = /^langsmith-queue-/;
    // Nodes come and go; what starts anew needs its image, its identity and its luck again.
    await observer.kubectl(
      'delete',
      'pods',
      `--namespace=${NAMESPACE}`,
      '--wait=false',
      '--selector=app.kubernetes.io/component in (langsmith-frontend,langsmith-backend,langsmith-queue)',
    );
    const run = await begin({ with: BRIEF });
    unhealthy = run.outcome;
    forbidden = (await begin({ variables: colleague, with: BRIEF })).outcome;
    await run.reached('verify');
  });

  it.each([
    ['a packed chart', () => `${rehearsal.directory}/charts/langsmith-0.13.28.tgz`, ''],
    ['a directory', () => `${PROJECT}/rehearsal/charts/langsmith`, ''],
    ['a registry', () => 'oci://registry.contoso.example/charts/langsmith', '0.13.28'],
  ])('plans with %s, and finds what is deployed from the repository', async (_kind, chart, version) => {
    const outcome = await plan({ with: { chart: chart(), 'chart-version': version } });
    expectSuccess(outcome);
    expect(outcome.step.log.join('\n')).toMatch(/langsmith 0\.13\.28: no changes; fingerprint /);
    expect(outcome.outputs['has-changes']).toBe('false');
  });

  it('release-chart: the repository no longer has the version', async () => {
    rehearsal.world.faults.chartMissing.add('langsmith');
    const outcome = await plan();
    rehearsal.world.faults.chartMissing.clear();
    const { detail, fix } = expectFailure(outcome, 'release-chart');
    expect(detail).toMatch(/^langsmith 0\.13\.28: helm pull .*404/s);
    expect(fix).toMatch(/inputs chart and chart-version/);
  });

  it('release-chart: the registry does not know the reference', async () => {
    const unknown = { chart: 'oci://registry.contoso.example/charts/longsmith', 'chart-version': '0.13.28' };
    const { detail } = expectFailure(await plan({ with: unknown }), 'release-chart');
    expect(detail).toMatch(/longsmith 0\.13\.28: helm pull/);
  });

  it('inputs-invalid: the chart directory does not exist', async () => {
    const { detail } = expectFailure(await plan({ with: { chart: './charts/nowhere' } }), 'inputs-invalid');
    expect(detail).toMatch(/- chart: \.\/charts\/nowhere is neither a URL, an oci:\/\/ reference nor a file or directory/);
  });

  it('values-invalid: a key the chart would ignore is refused with the nearest one it knows', async () => {
    const { detail, fix } = expectFailure(await plan({ actionRoot: await actionWithBadValues() }), 'values-invalid');
    expect(detail).toMatch(
      /- frontnd\.deployment\.replicas \(layer base, helm\/values\/base\.yaml\) is not read by the chart; nearest known key: frontend\.deployment\.replicas/,
    );
    expect(fix).toMatch(/Correct every line listed/);
  });

  it('verify-failed: pods that cannot start are told with container, image, log and cause', async () => {
    const { detail } = expectFailure(await unhealthy, 'verify-failed');
    for (const name of ['frontend', 'backend', 'queue'])
      expect(detail).toMatch(new RegExp(`^- Deployment langsmith-${name}: 0 of 1 ready`, 'm'));
    expect(detail).toMatch(
      /^pod langsmith-frontend-\S+, container frontend: waiting, (ErrImagePull|ImagePullBackOff): .*rehearsal\.example\/frontend/m,
    );
    expect(detail).toMatch(/^likely cause: The image \S+ does not exist\./m);
    expect(detail).toMatch(/^pod langsmith-backend-\S+, container \S+: waiting, CrashLoopBackOff/m);
    expect(detail).toMatch(/AADSTS700213: No matching federated identity record found/);
    expect(detail).toMatch(
      /^likely cause: Entra trusts no federated credential with the subject system:serviceaccount:langsmith:langsmith-backend\. Apply pass 1 again/m,
    );
    expect(detail).toMatch(/ {2}log {3}ERROR \S*queue\S*: unrecoverable error during startup/);
  });

  it('cluster-forbidden: the identity lacks the cluster role, and what it may not do is listed', async () => {
    const { detail, fix } = expectFailure(await forbidden, 'cluster-forbidden');
    expect(detail).toMatch(/does not allow: create namespaces, create customresourcedefinitions/);
    expect(fix).toMatch(/Azure Kubernetes Service RBAC Cluster Admin/);
  });

  it('recovers: pass 1 registers the service account again, and pass 2 is verified', async () => {
    rehearsal.world.faults.imagePull = undefined;
    rehearsal.world.faults.podCrashes = undefined;
    const infrastructure = await runPass(rehearsal, { pass: 1 });
    expectSuccess(infrastructure);
    expect(JSON.parse(infrastructure.outputs['changes'] ?? '')).toEqual({ add: 1, change: 0, destroy: 0, replace: 0 });
    const outcome = await apply();
    expectSuccess(outcome);
    expect(outcome.outputs).toMatchObject({ verified: 'true', 'has-changes': 'false' });
  });
});

describe('a release that stands', () => {
  it('verify-failed: a public address made by hand is found, and what an upgrade can set right is set right', async () => {
    await observer.kubectl('create', 'service', 'loadbalancer', 'bypass', '--tcp=80:1983', `--namespace=${NAMESPACE}`);
    const clientId = 'azure.workload.identity/client-id';
    await observer.kubectl('annotate', 'serviceaccount', 'langsmith-backend', `--namespace=${NAMESPACE}`, `${clientId}-`);
    await observer.kubectl('delete', 'service', 'langsmith-playground', `--namespace=${NAMESPACE}`);
    const outcome = await apply();
    await observer.kubectl('delete', 'service', 'bypass', `--namespace=${NAMESPACE}`);

    const { detail } = expectFailure(outcome, 'verify-failed');
    expect(detail).toMatch(/^- Service langsmith\/bypass: 0 of 0 ready; has a public address of its own, past the ingress controller$/m);
    expect(detail).not.toMatch(/langsmith-backend/);
    expect(outcome.step.log.join('\n')).toMatch(
      /langsmith upgraded: .*; set right: Service langsmith-playground, ServiceAccount langsmith-backend\./,
    );
    expect(outcome.step.summary).toMatch(/\| FAILED +\| Service +\| langsmith\/bypass/);
    expect(outcome.outputs['verified']).toBe('false');
    const account = await observer.kubectl('get', 'serviceaccount', 'langsmith-backend', `--namespace=${NAMESPACE}`, '-o', 'json');
    expect(JSON.parse(account).metadata.annotations[clientId]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('verify alone finds what went away, touches nothing, and finds it again once an apply has set it right', async () => {
    const clientId = 'azure.workload.identity/client-id';
    await observer.kubectl('annotate', 'serviceaccount', 'langsmith-queue', `--namespace=${NAMESPACE}`, `${clientId}-`);
    await observer.kubectl('create', 'deployment', 'langsmith-stray', '--image=rehearsal.example/stray:1', `--namespace=${NAMESPACE}`);
    const stray = ['deployment', 'langsmith-stray', `--namespace=${NAMESPACE}`];
    await observer.kubectl('label', ...stray, 'app.kubernetes.io/instance=langsmith');
    const outcome = await runPass(rehearsal, { command: 'verify' });
    const { detail } = expectFailure(outcome, 'verify-failed');
    expect(detail).toMatch(
      /^- Deployment langsmith-queue: .*service account langsmith-queue is not annotated with the client id of pass 1$/m,
    );
    expect(detail).toMatch(/^- Deployment langsmith-stray: 0 of 0 ready; is not part of pass 2$/m);
    expect(outcome.outputs['has-changes']).toBe('false');
    await observer.kubectl('delete', ...stray);

    expectSuccess(await apply());
    const again = await runPass(rehearsal, { command: 'verify' });
    expectSuccess(again);
    expect(again.outputs).toMatchObject({ verified: 'true', 'has-changes': 'false' });
    const rows = JSON.parse(again.outputs['verification'] ?? '') as { kind: string; status: string; detail: string }[];
    const told = (kind: string): string[] =>
      rows.filter((row) => row.kind === kind).map(({ status, detail: text }) => `${status}: ${text}`);
    expect(told('HTTP')).toEqual(['ok: LangSmith 0.13.31 answers', 'ok: leads to https']);
    expect(told('Certificate')).toEqual([expect.stringMatching(/^ok: for \d+ days more$/)]);
    // The runner of the rehearsal goes out through a proxy, as many do.
    expect(told('DNS')).toEqual([expect.stringMatching(/^unknown: /)]);
  });

  it('cluster-unreachable: the API server does not answer', async () => {
    rehearsal.world.faults.clusterUnreachable = true;
    const outcome = await apply();
    rehearsal.world.faults.clusterUnreachable = false;
    const { detail, fix } = expectFailure(outcome, 'cluster-unreachable');
    expect(detail).toMatch(/Unable to connect to the server/);
    expect(fix).toMatch(/aks_authorized_ip_ranges/);
  });

  it('recovers, also for the identity that was given its role meanwhile', async () => {
    grantCluster();
    const outcome = await apply({ variables: colleague });
    expectSuccess(outcome);
    expect(outcome.outputs).toMatchObject({ verified: 'true', 'has-changes': 'false' });
  });
});
