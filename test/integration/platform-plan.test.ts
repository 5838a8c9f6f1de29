import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Observer } from '../../rehearsal/observe.js';
import { Rehearsal } from '../../rehearsal/rehearsal.js';
import type { PassNumber, TopologyName } from '../../src/passes.js';
import { expectFailure, expectSuccess } from './support/expect.js';
import { type Outcome, type PassRun, runPass } from './support/passes.js';

jest.setTimeout(240_000);

interface Deployment {
  readonly topology: TopologyName;
  readonly pass: PassNumber;
  /** Lines of the configuration instead of those of the example, or besides them. */
  readonly config: Readonly<Record<string, string>>;
  /** Items that the first plan has of the platform. */
  readonly made: readonly string[];
  /** A Deployment of an add-on, as `<namespace> <name>`, and how the plan names it. */
  readonly deleted: readonly [namespace: string, name: string, id: string];
}

const DEPLOYMENTS: readonly Deployment[] = [
  {
    topology: 'light',
    pass: 3,
    config: {},
    made: ['Namespace keda', 'Add-on ingress-nginx', 'Add-on cert-manager', 'Add-on keda', 'Chart langsmith-platform'],
    // What judges ClusterIssuers and Certificates does not answer without it.
    deleted: ['cert-manager', 'cert-manager-webhook', 'Deployment cert-manager/cert-manager-webhook'],
  },
  {
    topology: 'production',
    pass: 2,
    config: { ingress_controller: '"envoy-gateway"' },
    made: ['Namespace envoy-gateway-system', 'Add-on envoy-gateway', 'Gateway langsmith-platform/langsmith-gateway'],
    deleted: ['envoy-gateway-system', 'envoy-gateway', 'Deployment envoy-gateway/envoy-gateway'],
  },
];

describe.each(DEPLOYMENTS)('the platform in the plan of $topology', ({ topology, pass, config, made, deleted }) => {
  let rehearsal: Rehearsal;
  let observer: Observer;

  const run = (more: Partial<PassRun>): Promise<Outcome> => runPass(rehearsal, { pass, ...more, with: { topology, ...more.with } });
  const plan = (): Promise<Outcome> => run({ command: 'plan' });

  beforeAll(async () => {
    rehearsal = await Rehearsal.start({ world: { rbacDelayMs: 0 } });
    const example = await readFile(rehearsal.configFile, 'utf8');
    const kept = example.split('\n').filter((line) => !Object.keys(config).some((key) => line.startsWith(`${key} `)));
    await rehearsal.setConfig([...kept, ...Object.entries(config).map(([key, value]) => `${key} = ${value}`), ''].join('\n'));
    expectSuccess(await run({ pass: 1 }));
    const observed = await Observer.of(rehearsal);
    if (observed === undefined) throw new Error('pass 1 made no cluster');
    observer = observed;
  });

  afterAll(async () => {
    await rehearsal.stop();
  });

  it('is shown before it is made, and is what an approved apply makes', async () => {
    const first = await plan();
    expectSuccess(first);
    for (const id of made) expect(first.step.summary).toContain(`➕ <code>${id}</code>`);
    expect(first.step.summary).toMatch(/### Plan: Platform \d+ to add, 0 to change, 0 to destroy; Release \d+ to add/);
    expectSuccess(await run({ with: { fingerprint: first.outputs['fingerprint'] ?? '' } }));
  });

  it('is quiet once it stands, and what somebody changes between plan and apply is refused by name', async () => {
    const quiet = await plan();
    expectSuccess(quiet);
    expect(quiet.outputs).toMatchObject({
      'has-changes': 'false',
      destructive: 'false',
      changes: '{"add":0,"change":0,"destroy":0,"replace":0}',
    });
    expect(quiet.step.log.join('\n')).toMatch(/langsmith 0\.13\.28: no changes; fingerprint /);

    const [namespace, name, id] = deleted;
    const policy = ['networkpolicy', 'default-deny-ingress', '--namespace=langsmith'];
    await observer.kubectl('patch', ...policy, '--type=merge', '--patch={"spec":{"podSelector":{"matchLabels":{"let":"in"}}}}');
    await observer.kubectl('label', 'namespace', namespace, 'app.kubernetes.io/part-of=another', '--overwrite');
    await observer.kubectl('delete', 'deployment', name, `--namespace=${namespace}`);
    const refused = await run({ with: { fingerprint: quiet.outputs['fingerprint'] ?? '' } });
    const { detail } = expectFailure(refused, 'plan-changed');
    const named = detail.split('\n').filter((line) => line.startsWith('- platform/'));
    expect(named).toEqual(
      [id, `Namespace ${namespace}`, 'NetworkPolicy langsmith-platform/default-deny-ingress'].map(
        (each) => `- platform/${each} was not in the approved plan`,
      ),
    );
    await expect(observer.kubectl('get', 'deployment', name, `--namespace=${namespace}`)).rejects.toThrow('not found');
  });

  it('says what an apply would set right, attribute by attribute, and an apply without a fingerprint sets it right', async () => {
    const drift = await plan();
    expectSuccess(drift);
    expect(drift.outputs).toMatchObject({ 'has-changes': 'true', changes: '{"add":1,"change":2,"destroy":0,"replace":0}' });
    expect(drift.step.summary).toMatch(
      /default-deny-ingress<\/code><\/summary>\s+```diff\n\+ spec\.podSelector = \{\}\n- spec\.podSelector\.matchLabels\.let = "in"\n```/,
    );
    expect(drift.step.summary).toMatch(new RegExp(`➕ <code>${deleted[2]}</code></summary>\\s+\`\`\`diff\\n\\+ apiVersion = "apps/v1"`));
    expect(drift.step.summary).toContain('- metadata.labels."app.kubernetes.io/part-of" = "another"');
    const applied = await run({});
    expectSuccess(applied);
    expect(applied.step.summary).toMatch(
      /\| platform +\| done +\|.*langsmith-platform 0\.1\.0 upgraded \(set right: NetworkPolicy default-deny-ingress\)/,
    );
    const [namespace, name] = deleted;
    expect(await observer.kubectl('get', 'deployment', name, `--namespace=${namespace}`, '-o=name')).toBe(`deployment.apps/${name}`);
    const quiet = await plan();
    expect(quiet.outputs['has-changes']).toBe('false');
  });
});
