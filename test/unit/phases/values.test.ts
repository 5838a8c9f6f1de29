import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { buildValues, demandSupported, LAYERS, type ValuesRequest } from '../../../src/phases/values.js';
import { readValuesFiles } from '../../../src/values/files.js';
import { merge } from '../../../src/values/merge.js';
import { CLIENT_ID, lightOutputs, lightShape } from '../../fakes/cluster.js';

const ROOT = path.resolve('.');
const GOLDEN = 'test/golden/values-light-pass2.yaml';

async function request(overrides: Partial<ValuesRequest> = {}): Promise<ValuesRequest> {
  const outputs = overrides.outputs ?? lightOutputs();
  const files = await readValuesFiles(ROOT, { topology: 'light', sizing: outputs.sizing_profile, ingress: 'nginx' });
  return { shape: lightShape(), outputs, adminEmail: 'admin@example.com', files, ...overrides };
}

describe('values', () => {
  it('merges the layers of pass 2 light to the golden file', async () => {
    const text = stringify(buildValues(await request()).merged, { sortMapEntries: true });
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(GOLDEN, text);
    expect(text).toBe(await readFile(GOLDEN, 'utf8'));
  });

  it('names the layers in order, and merged is nothing but their sum', async () => {
    const { layers, merged } = buildValues(await request());
    expect(layers.map((layer) => layer.name)).toEqual(LAYERS);
    expect(layers.map((layer) => layer.source)).toEqual([
      'helm/values/base.yaml',
      'helm/values/topology-light.yaml',
      'computed',
      'helm/values/sizing-dev.yaml',
      'helm/values/ingress-nginx.yaml',
      'computed',
    ]);
    expect(merged).toEqual(merge(...layers.map((layer) => layer.values)));
  });

  it('gives label and client id to the readers of Blob Storage and to nothing else', async () => {
    const { merged } = buildValues(await request());
    const labelled = Object.entries(merged).filter(([, value]) => JSON.stringify(value).includes('azure.workload.identity'));
    expect(labelled.map(([key]) => key).sort()).toEqual(['backend', 'platformBackend', 'queue']);
    expect(merged['queue']).toMatchObject({
      deployment: { labels: { 'azure.workload.identity/use': 'true' } },
      serviceAccount: { annotations: { 'azure.workload.identity/client-id': CLIENT_ID } },
    });
  });

  it.each([
    ['letsencrypt', [{ secretName: 'langsmith-tls', hosts: ['langsmith.example.com'] }], 'letsencrypt-prod'],
    ['existing', [{ secretName: 'langsmith-tls', hosts: ['langsmith.example.com'] }], undefined],
    ['none', undefined, undefined],
  ] as const)('with tls %s', async (source, tls, issuer) => {
    const { merged } = buildValues(await request({ outputs: lightOutputs({ tls_certificate_source: source }) }));
    const ingress = merged['ingress'] as { tls?: unknown; annotations: Record<string, string> };
    expect(ingress.tls).toEqual(tls);
    expect(ingress.annotations['cert-manager.io/cluster-issuer']).toBe(issuer);
    expect(ingress.annotations['nginx.ingress.kubernetes.io/proxy-body-size']).toBe('25m');
  });

  it('refuses dns01, which needs a zone nobody manages here', async () => {
    const refused = await request({ outputs: lightOutputs({ tls_certificate_source: 'dns01' }) });
    expect(() => buildValues(refused)).toThrow(
      expect.objectContaining({ reason: 'values-invalid', detail: expect.stringContaining('dns01') }),
    );
  });

  it('lists every key the chart would ignore, with its layer and the nearest known key', async () => {
    const good = await request();
    const sizing = {
      source: 'helm/values/sizing-odd.yaml',
      values: { hostBackend: { resources: { limits: { cpu: '1' } } }, config: { deployment: { url: 'x' } } },
    };
    expect(() => buildValues({ ...good, files: { ...good.files, sizing } })).toThrow(
      expect.objectContaining({
        reason: 'values-invalid',
        detail: expect.stringMatching(
          /hostBackend\.resources\.limits\.cpu \(layer sizing, helm\/values\/sizing-odd\.yaml\); nearest known key: hostBackend\.\S+\n- config\.deployment\.url/,
        ),
      }),
    );
  });

  it('uses the release name as prefix of every object, whatever it is', async () => {
    const { merged } = buildValues(await request({ outputs: lightOutputs({ langsmith_release_name: 'traces' }) }));
    expect(merged['fullnameOverride']).toBe('traces');
  });

  it('says which values file is missing', async () => {
    await expect(readValuesFiles(ROOT, { topology: 'light', sizing: 'huge', ingress: 'nginx' })).rejects.toMatchObject({
      reason: 'values-invalid',
      detail: expect.stringContaining('helm/values/sizing-huge.yaml'),
    });
  });

  it('refuses every choice of the infrastructure that has no values yet, all at once', () => {
    const outputs = lightOutputs({ ingress_controller: 'istio', redis_source: 'external' });
    expect(() => demandSupported(outputs)).toThrow(
      expect.objectContaining({
        reason: 'values-invalid',
        detail:
          '- redis_source is "external"; this version releases the chart with in-cluster\n- ingress_controller is "istio"; this version releases the chart with nginx',
      }),
    );
    expect(demandSupported(lightOutputs())).toEqual(lightOutputs());
  });
});
