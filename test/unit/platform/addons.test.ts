import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import semver from 'semver';
import { parse } from 'yaml';
import { CHART_SOURCES } from '../../../rehearsal/charts/index.js';
import { demandOf } from '../../../src/capacity/demand.js';
import type { PassNumber } from '../../../src/passes.js';
import type { Outputs } from '../../../src/phases/outputs.js';
import { type Addon, factsOf, type Facts, inOrder, readAddons, readAddonValues, selectAddons } from '../../../src/platform/addons.js';
import { entranceOf } from '../../../src/platform/entrance.js';
import { KEDA_NAMESPACE } from '../../../src/platform/names.js';
import type { Tree } from '../../../src/values/merge.js';
import { lightOutputs, lightShape } from '../../fakes/cluster.js';
import { one, ofKind, render } from '../rehearsal/charts/render.js';

jest.setTimeout(300_000);

const ROOT = path.resolve('.');
const CONTROLLERS = ['nginx', 'envoy-gateway', 'istio', 'istio-addon', 'none'] as const;
const SOURCES = ['none', 'existing', 'letsencrypt', 'dns01'] as const;
const LABEL = 'service.beta.kubernetes.io/azure-dns-label-name';

const facts = (outputs: Partial<Outputs>, pass: PassNumber = 2, values: Tree = {}): Facts =>
  factsOf(lightShape(pass), lightOutputs(outputs), demandOf(lightShape(pass), values));

const names = async (deployment: Facts): Promise<string[]> => selectAddons(await readAddons(ROOT), deployment).map(({ name }) => name);

const addonNamed = async (name: string): Promise<Addon> => {
  const found = (await readAddons(ROOT)).find((addon) => addon.name === name);
  if (found === undefined) throw new Error(`no add-on ${name}`);
  return found;
};

const valuesOf = async (name: string, outputs: Partial<Outputs>): Promise<Tree> =>
  readAddonValues(ROOT, await addonNamed(name), facts(outputs));

describe('add-ons', () => {
  it('are pinned to exact versions', async () => {
    expect((await readAddons(ROOT)).map(({ name, chart }) => `${name} ${chart.repository}/${chart.name} ${chart.version}`)).toEqual([
      'ingress-nginx https://kubernetes.github.io/ingress-nginx/ingress-nginx 4.15.1',
      'envoy-gateway oci://docker.io/envoyproxy/gateway-helm v1.9.2',
      'istio-base https://istio-release.storage.googleapis.com/charts/base 1.30.4',
      'istiod https://istio-release.storage.googleapis.com/charts/istiod 1.30.4',
      'istio-ingressgateway https://istio-release.storage.googleapis.com/charts/gateway 1.30.4',
      'cert-manager https://charts.jetstack.io/cert-manager v1.21.0',
      'keda https://kedacore.github.io/charts/keda 2.21.1',
    ]);
  });

  it('T171 T256 support the Kubernetes version that pass 1 makes by default, or say that they are retired', async () => {
    const variables = await readFile('terraform/infra/variables.cluster.tf', 'utf8');
    const minor = /variable "kubernetes_version" \{[^}]*?default\s*=\s*"([\d.]+)"/.exec(variables)?.[1];
    const unsupported = (await readAddons(ROOT)).filter(({ kubernetes }) => !semver.satisfies(`${minor ?? ''}.0`, kubernetes ?? '<0'));
    expect(minor).toMatch(/^1\.\d\d$/);
    expect(unsupported.map(({ name, retired }) => [name, retired !== undefined])).toEqual([['ingress-nginx', true]]);
  });

  it('come as the chosen ingress controller and certificate need them, and nothing else', async () => {
    const without = { tls_certificate_source: 'none' } as const;
    expect(await Promise.all(CONTROLLERS.map((ingress_controller) => names(facts({ ingress_controller, ...without }))))).toEqual([
      ['ingress-nginx'],
      ['envoy-gateway'],
      ['istio-base', 'istiod', 'istio-ingressgateway'],
      [],
      [],
    ]);
    expect(
      await Promise.all(SOURCES.map((tls_certificate_source) => names(facts({ ingress_controller: 'none', tls_certificate_source })))),
    ).toEqual([[], [], ['cert-manager'], ['cert-manager']]);
  });

  it('KEDA comes with pass 3, or with the first workload that is scaled by it', async () => {
    const bare = { ingress_controller: 'none', tls_certificate_source: 'none' } as const;
    expect(await names(facts(bare, 2))).toEqual([]);
    expect(await names(facts(bare, 3))).toEqual(['keda']);
    expect(await names(facts(bare, 2, { queue: { autoscaling: { keda: { enabled: true } } } }))).toEqual(['keda']);
    expect((await addonNamed('keda')).namespace).toBe(KEDA_NAMESPACE);
  });

  it('only wait for add-ons that exist, in no circle', async () => {
    const addons = await readAddons(ROOT);
    expect(addons.flatMap(({ after }) => after).filter((name) => !addons.some((addon) => addon.name === name))).toEqual([]);
    const seen: string[] = [];
    await inOrder(addons, ({ name }) => Promise.resolve(seen.push(name)));
    expect(seen.sort()).toEqual(addons.map(({ name }) => name).sort());
  });

  it('are installed side by side, but after what they need', async () => {
    const addons = (await readAddons(ROOT)).filter(({ name }) => name.startsWith('istio') || name === 'keda' || name === 'cert-manager');
    const log: string[] = [];
    await inOrder(addons, async ({ name }) => {
      log.push(`+${name}`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`-${name}`);
    });
    expect(log.slice(0, 3).sort()).toEqual(['+cert-manager', '+istio-base', '+keda']);
    const istio = log.filter((entry) => entry.includes('istio'));
    expect(istio).toEqual(['+istio-base', '-istio-base', '+istiod', '-istiod', '+istio-ingressgateway', '-istio-ingressgateway']);
  });

  it('a failure keeps what comes after from starting', async () => {
    const addons = (await readAddons(ROOT)).filter(({ name }) => name.startsWith('istio'));
    const started: string[] = [];
    const work = inOrder(addons, ({ name }) => {
      started.push(name);
      return name === 'istiod' ? Promise.reject(new Error('no istiod')) : Promise.resolve();
    });
    await expect(work).rejects.toThrow('no istiod');
    expect(started).toEqual(['istio-base', 'istiod']);
  });
});

describe('values of add-ons', () => {
  it.each([
    ['ingress-nginx', 'nginx', ['controller', 'service', 'annotations']],
    ['istio-ingressgateway', 'istio', ['service', 'annotations']],
  ] as const)('T170 T199 the DNS label of %s is a value of its chart, and only there', async (name, ingress_controller, place) => {
    const at = (values: Tree): unknown => place.reduce<unknown>((inner, key) => (inner as Tree | undefined)?.[key], values);
    expect(at(await valuesOf(name, { ingress_controller, dns_label: 'traces' }))).toMatchObject({ [LABEL]: 'traces' });
    expect(JSON.stringify(await valuesOf(name, { ingress_controller, dns_label: '' }))).not.toContain(LABEL);
  });

  it('T178 cert-manager speaks Gateway API by its own setting, and only for Envoy Gateway', async () => {
    const config = {
      apiVersion: 'controller.config.cert-manager.io/v1alpha1',
      kind: 'ControllerConfiguration',
      enableGatewayAPI: true,
    };
    for (const tls_certificate_source of ['letsencrypt', 'dns01'] as const) {
      expect(await valuesOf('cert-manager', { ingress_controller: 'envoy-gateway', tls_certificate_source })).toMatchObject({ config });
    }
    expect(await valuesOf('cert-manager', {})).not.toHaveProperty('config');
    expect((await addonNamed('cert-manager')).after).toContain('envoy-gateway');
  });

  it('T186 the identity of cert-manager is a label of type string and a client id, with dns01 only', async () => {
    const outputs = { tls_certificate_source: 'dns01', cert_manager_identity_client_id: 'a-client' } as const;
    expect(await valuesOf('cert-manager', outputs)).toMatchObject({
      podLabels: { 'azure.workload.identity/use': 'true' },
      serviceAccount: { annotations: { 'azure.workload.identity/client-id': 'a-client' } },
    });
    const without = await valuesOf('cert-manager', {});
    expect(Object.keys(without)).not.toEqual(expect.arrayContaining(['podLabels']));
    expect(without).not.toHaveProperty('serviceAccount');
  });

  it.each(['3', '4'] as const)(
    'T255 every one is taken by the strict schema of its chart and lands where it is meant, with Helm %s',
    async (helm) => {
      const deployment = facts(
        {
          tls_certificate_source: 'dns01',
          ingress_controller: 'envoy-gateway',
          dns_label: 'traces',
          cert_manager_identity_client_id: 'id',
        },
        3,
      );
      for (const addon of await readAddons(ROOT)) {
        const values = await readAddonValues(ROOT, addon, deployment);
        const objects = await render(addon.chart.name, [values], { helm, release: addon.name, namespace: addon.namespace });
        expect(ofKind(objects, 'Deployment').map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining([...addon.deployments]));
        const metadata = parse(await readFile(path.join(CHART_SOURCES, addon.chart.name, 'Chart.yaml'), 'utf8')) as { version: string };
        expect([addon.name, metadata.version]).toEqual([addon.name, addon.chart.version]);
        const unsized = ofKind(objects, 'Deployment').filter((object) =>
          (object.spec.template.spec.containers as { resources?: object }[]).some(
            ({ resources }) => Object.keys(resources ?? {}).length === 0,
          ),
        );
        expect(unsized.map((object) => object.metadata.name)).toEqual([]);
      }
    },
  );

  it('T180 istiod serves Ingresses of its own class, through the Service that is the entrance', async () => {
    const values = (await valuesOf('istiod', { ingress_controller: 'istio' })) as { meshConfig: Record<string, string> };
    expect(values.meshConfig).toEqual({
      ingressControllerMode: 'STRICT',
      ingressClass: 'istio',
      ingressService: entranceOf({ ingress_controller: 'istio' })?.service,
      ingressSelector: 'ingressgateway',
    });
    const gateway = await render('gateway', [await valuesOf('istio-ingressgateway', { ingress_controller: 'istio' })], {
      release: 'istio-ingressgateway',
      namespace: 'istio-system',
    });
    expect(one(gateway, 'Service', 'istio-ingressgateway').spec.selector).toMatchObject({ istio: 'ingressgateway' });
  });
});
