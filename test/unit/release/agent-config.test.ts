import { describe, expect, it } from '@jest/globals';
import { restartForAgentConfig, staleReaders } from '../../../src/release/agent-config.js';
import { fakeCluster } from '../../fakes/cluster.js';
import { FakeExec } from '../../fakes/exec.js';

const config = (suffix: string, data: object): { kind: string; apiVersion: string; metadata: { name: string }; data: object } => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `langsmith-${suffix}` },
  data,
});
const deployment = (suffix: string, annotations: Readonly<Record<string, string>> = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: `langsmith-${suffix}` },
  spec: { template: { metadata: { annotations } } },
});
const DEPLOYMENTS = ['frontend', 'backend', 'queue', 'listener', 'agent-builder-trigger-server'].map((suffix) => deployment(suffix));

describe('pods that started before what they read was written', () => {
  it('T245 the frontend restarts when the ConfigMap of the assistant appears, and not again while it stays the same', () => {
    const polly = config('polly-config', { VITE_POLLY_URL: 'http://polly.langsmith' });
    const [frontend, ...others] = staleReaders([polly, ...DEPLOYMENTS], 'langsmith');
    expect(frontend?.name).toBe('langsmith-frontend');
    expect(others).toEqual([]);
    expect(staleReaders([polly, deployment('frontend', frontend?.annotations)], 'langsmith')).toEqual([]);
    const moved = config('polly-config', { VITE_POLLY_URL: 'http://elsewhere' });
    expect(staleReaders([moved, deployment('frontend', frontend?.annotations)], 'langsmith')).toHaveLength(1);
  });

  it('restarts the queue for Insights, which the Role of the bootstrap Job cannot', () => {
    const stale = staleReaders([config('insights-config', { A: '1' }), ...DEPLOYMENTS], 'langsmith');
    expect(stale.map(({ name }) => name)).toEqual(['langsmith-frontend', 'langsmith-backend', 'langsmith-queue']);
  });

  it('restarts nothing where no agent was registered', () => {
    expect(staleReaders([config('config', { A: '1' }), ...DEPLOYMENTS], 'langsmith')).toEqual([]);
  });

  it('restarts by an annotation that says what the pods start with', async () => {
    const items = [config('agent-builder-config', { A: '1' }), ...DEPLOYMENTS];
    const fake = new FakeExec().on(/^kubectl get configmaps,deployments /, JSON.stringify({ items })).on(/^kubectl patch deployment/, '');
    const restarted = await restartForAgentConfig(await fakeCluster(fake), { release: 'langsmith', namespace: 'langsmith' });
    expect(restarted).toEqual(['langsmith-frontend', 'langsmith-agent-builder-trigger-server']);
    expect(fake.matching(/^kubectl patch/)[0]?.args.join(' ')).toMatch(
      /"spec":\{"template":\{"metadata":\{"annotations":\{"langsmith-azure\/agent-builder-config-digest":"[0-9a-f]{16}"/,
    );
  });
});
