import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { ENVIRONMENT, Rehearsal } from '../../rehearsal/rehearsal.js';
import type { RunEvent, RunResult } from '../../rehearsal/runner/index.js';
import type { SeenRequest } from '../../rehearsal/world/requests.js';
import { ADMIN_EMAIL, ASSERTION, leaks, plantedIn, type Place } from './support/planted.js';
import { commandLines, plans, reported } from './support/places.js';
import { terraformState } from './support/state.js';
import { filesBelow, privateDirectories, Witness } from './support/witness.js';

const fileText = (file: string): Place => ({ name: `file ${file}`, text: readFileSync(file).toString('latin1') });

const isKubernetesSecret = (seen: SeenRequest): boolean => /^\/api\/v1\/namespaces\/[^/]+\/secrets(\/|$|\?)/.test(seen.path);

/** What Helm keeps of a release, zipped and in base64, in a Secret of its own; undefined when the Secret is another. */
function helmRelease(body: string): string | undefined {
  const zipped = /H4sI[A-Za-z0-9+/]+=*/.exec(body)?.[0];
  return zipped === undefined ? undefined : gunzipSync(Buffer.from(zipped, 'base64')).toString();
}

/** The only requests that may carry values: the Secrets the pods read, written by the action itself. A dry run writes nothing, so it may not. */
const isOwnSecret = (seen: SeenRequest): boolean =>
  isKubernetesSecret(seen) && seen.path.includes('fieldManager=langsmith-azure') && !seen.path.includes('dryRun=');

/** What a host was sent, with what it must be sent left out. */
function sent(rehearsal: Rehearsal): Place[] {
  return rehearsal.world.requests.all.map((seen) => {
    const { host, method, path: target, headers, body } = seen;
    const { authorization: _bearer, ...others } = headers;
    const toCluster = rehearsal.world.clusters.has(host);
    const text = toCluster && isOwnSecret(seen) ? '' : `${body}\n${toCluster ? (helmRelease(body) ?? '') : ''}`;
    return {
      name: `request ${method} ${host}${target.replace(/\?.*/, '')}`,
      text: `${target}\n${JSON.stringify(others)}\n${text}`,
      allowed: (planted) => (toCluster && planted === ADMIN_EMAIL) || (host === 'login.microsoftonline.com' && planted === ASSERTION),
    };
  });
}

describe('secrets stay where SECURITY.md says', () => {
  let rehearsal: Rehearsal;
  let witness: Witness;
  const results: RunResult[] = [];
  const leftBehind: string[] = [];
  const temporary: Place[] = [];

  /** At the end of each step, before the runner empties its temporary directory. */
  const atEndOfStep = (event: RunEvent): void => {
    if (event.type !== 'step-finished') return;
    leftBehind.push(...privateDirectories(rehearsal.directory));
    temporary.push(
      ...filesBelow(path.join(rehearsal.directory, 'work'))
        .filter((file) => file.includes(`${path.sep}temp${path.sep}`))
        .map(fileText),
    );
  };

  beforeAll(async () => {
    rehearsal = await Rehearsal.start();
    witness = new Witness(rehearsal.directory);
    results.push(await rehearsal.run({ onEvent: atEndOfStep }));
    results.push(await rehearsal.run({ secrets: {}, onEvent: atEndOfStep }));
    witness.stop();
  }, 180_000);

  afterAll(async () => {
    witness.stop();
    await rehearsal.stop();
  });

  it('deploys with the secrets typed in once, and again without any', () => {
    expect(results.flatMap((result) => result.errors)).toEqual([]);
    expect(results.map((result) => result.conclusion)).toEqual(['success', 'success']);
    expect(rehearsal.world.requests.surprises).toEqual([]);
    const again = results[1]?.jobs.flatMap((job) => job.steps.flatMap((step) => step.log)) ?? [];
    expect(again).toContain('11 from Key Vault');
  });

  it('plants every kind of secret', () => {
    const names = new Set(plantedIn(rehearsal).map(({ name }) => name));
    expect([...names]).toEqual(
      expect.arrayContaining([
        'LANGSMITH_LICENSE_KEY',
        'LANGSMITH_ADMIN_PASSWORD',
        'langsmith-license-key',
        'langsmith-api-key-salt',
        'langsmith-jwt-secret',
        'langsmith-deployments-encryption-key',
        'postgres-admin-password',
        'clickhouse-password',
        'GITHUB_TOKEN',
        ASSERTION,
        'bearer token of management.azure.com',
        `bearer token of ${[...rehearsal.world.clusters.keys()][0]}`,
      ]),
    );
  });

  it('keeps files that hold secrets to its own user, and removes them', () => {
    const modes = Object.fromEntries([...witness.modes].map(([name, seen]) => [name, [...seen]]));
    expect(modes['']).toEqual(['700']);
    expect(modes['infra/secrets.auto.tfvars.json']).toEqual(['600']);
    expect(modes['kubeconfig']).toEqual(['600']);
    expect(modes['cluster-token']).toEqual(['600']);
    expect(leftBehind).toEqual([]);
  });

  it('leaves no secret in any file', () => {
    const files = filesBelow(rehearsal.directory);
    expect(files.length).toBeGreaterThan(10);
    expect(leaks(plantedIn(rehearsal), [...files.map(fileText), ...temporary])).toEqual([]);
    const handOver = /(\.auto\.tfvars\.json|\.tfplan|\.tfstate|kubeconfig|cluster-token)$/;
    expect(files.filter((file) => handOver.test(file))).toEqual([]);
  });

  it('shows no secret in logs, summaries, outputs and annotations, masked or not', () => {
    expect(leaks(plantedIn(rehearsal), results.flatMap(reported))).toEqual([]);
  });

  it('T102 T116: starts no program with a secret in its arguments or environment', async () => {
    for (const tool of ['terraform', 'helm', 'kubectl']) expect(witness.count(tool)).toBeGreaterThan(2);
    expect(leaks(plantedIn(rehearsal), [...(await commandLines(rehearsal)), ...witness.processes])).toEqual([]);
    const inputs = witness.processes.filter(({ text }) => /^(INPUT|STATE)_|^(ACTIONS_RUNTIME_TOKEN|GITHUB_TOKEN)=/m.test(text));
    expect(inputs.map(({ name }) => name)).toEqual([]);
  });

  it('T098 T100: stores no secret in the Terraform state or plan', () => {
    const state = terraformState(rehearsal);
    expect((JSON.parse(state) as { resources: unknown[] }).resources.length).toBeGreaterThan(10);
    const plan = plans(witness);
    expect(plan.map(({ name }) => name)).toContain('infra/plan.tfplan/tfplan');
    expect(leaks(plantedIn(rehearsal), [{ name: 'state', text: state }, ...plan])).toEqual([]);
  });

  it('sends no secret anywhere but to the Secrets the pods read', () => {
    const requests = sent(rehearsal);
    expect(leaks(plantedIn(rehearsal), requests)).toEqual([]);
    const { clusters, requests: seen } = rehearsal.world;
    const toCluster = seen.all.filter(({ host }) => clusters.has(host));
    expect(
      toCluster.some((request) => isKubernetesSecret(request) && helmRelease(request.body)?.includes('langsmith-backend') === true),
    ).toBe(true);
    const written = toCluster.filter(isOwnSecret).map((request) => path.posix.basename(request.path.replace(/\?.*/, '')));
    expect([...new Set(written)].sort()).toEqual(['langsmith-clickhouse-secret', 'langsmith-config-secret', 'langsmith-postgres-secret']);
  });
});

describe('the search itself', () => {
  let rehearsal: Rehearsal;

  beforeAll(async () => {
    rehearsal = await Rehearsal.start();
  });
  afterAll(async () => {
    await rehearsal.stop();
  });

  it('finds a value that a careless step lets out', async () => {
    const careless = [
      'echo "the key is $KEY"',
      'echo -n "$KEY" | base64 -w0 > "$RUNNER_TEMP/key.b64"',
      'echo -n "padding$KEY" | base64 -w0 > "$HOME/shifted.b64"',
      'kubectl version --client --username="$KEY" >/dev/null 2>&1 || true',
      // Caught in /proc: a kubectl that lives for a moment.
      'kubectl get pods --server=https://nowhere.example --request-timeout=3s >/dev/null 2>&1 || true',
    ];
    const job = {
      'runs-on': 'ubuntu-24.04',
      environment: ENVIRONMENT,
      steps: [{ run: careless.join('\n'), env: { KEY: '${{ secrets.LANGSMITH_LICENSE_KEY }}' } }],
    };
    const dispatch = { inputs: { passes: { type: 'string' } } };
    await rehearsal.setWorkflow(stringify({ on: { workflow_dispatch: dispatch }, jobs: { careless: job } }));
    const temporary: Place[] = [];
    const witness = new Witness(rehearsal.directory);
    const result = await rehearsal.run({
      onEvent: ({ type }) => {
        if (type === 'step-finished') temporary.push(...filesBelow(path.join(rehearsal.directory, 'work')).map(fileText));
      },
    });
    witness.stop();
    const key = rehearsal.secrets['LANGSMITH_LICENSE_KEY'] ?? '';
    rehearsal.world.requests.add({
      at: 0,
      host: 'example.org',
      method: 'GET',
      path: `/?q=${encodeURIComponent(key)}`,
      headers: {},
      body: '',
      status: 200,
    });
    const found = (places: readonly Place[]): string[] => leaks(plantedIn(rehearsal), places);

    expect(result.conclusion).toBe('success');
    expect(found(reported(result))).toEqual([expect.stringMatching(/^LANGSMITH_LICENSE_KEY in raw log of careless/)]);
    expect(found(temporary)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/LICENSE_KEY in file .*key\.b64$/),
        expect.stringMatching(/LICENSE_KEY in file .*shifted\.b64$/),
      ]),
    );
    expect(found(await commandLines(rehearsal))).toEqual(['LANGSMITH_LICENSE_KEY in argv of kubectl version']);
    expect(found(witness.processes)).toContain('LANGSMITH_LICENSE_KEY in kubectl get pods');
    expect(found(sent(rehearsal))).toContain('LANGSMITH_LICENSE_KEY in request GET example.org/');
    expect(existsSync(path.join(rehearsal.directory, 'bin'))).toBe(true);
  }, 60_000);
});
