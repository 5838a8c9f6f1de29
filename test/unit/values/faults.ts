import { hookJobsOf, objectName, type Shape, workloadsOf } from '../../../src/passes.js';
import { secretSpecs } from '../../../src/release/secrets.js';
import { REDIS_KEY, SECRETS } from '../../../src/secret-catalogue.js';
import { CLIENT_ID } from '../../fakes/cluster.js';
import { names, ofKind, render, type Rendered } from '../rehearsal/charts/render.js';
import { build, type Built, type Combination } from './combinations.js';

/** Renders with the stand-in chart, whose schema refuses every key it does not read. */
export async function rendered(combination: Combination): Promise<Built & { readonly objects: Rendered[] }> {
  const built = await build(combination);
  return { ...built, objects: await render('langsmith', [built.values.merged]) };
}

const label = ({ topology, sizing, ingress, pass }: Combination): string => `${topology} ${sizing} ${ingress} pass ${pass}`;
const promised = (shape: Shape, kind: string): string[] =>
  workloadsOf(shape)
    .filter((workload) => workload.kind === kind)
    .map(({ suffix }) => objectName('langsmith', suffix))
    .sort();
const isLabelled = (object: Rendered): boolean => object.spec.template.metadata.labels['azure.workload.identity/use'] === 'true';
const accountOf = (object: Rendered): string => String(object.spec.template.spec.serviceAccountName);

const ROUTE_KINDS = {
  nginx: 'Ingress',
  istio: 'Ingress',
  none: 'Ingress',
  'istio-addon': 'VirtualService',
  'envoy-gateway': 'HTTPRoute',
} as const;

/** Everything that must hold of every combination; one line for each thing that does not. */
export async function faults(combination: Combination): Promise<string[]> {
  const { shape, outputs, objects } = await rendered(combination);
  const problems: string[] = [];
  const same = (what: string, actual: readonly string[], expected: readonly string[]): void => {
    if (JSON.stringify(actual) !== JSON.stringify(expected))
      problems.push(`${label(combination)}: ${what} ${actual.join(' ')} instead of ${expected.join(' ')}`);
  };
  same('Deployments', names(objects, 'Deployment'), promised(shape, 'Deployment'));
  same('StatefulSets', names(objects, 'StatefulSet'), promised(shape, 'StatefulSet'));
  const jobs = hookJobsOf(shape.pass);
  same('Jobs', names(objects, 'Job'), jobs.map(({ suffix }) => objectName('langsmith', suffix)).sort());
  same(
    'routes',
    ['Ingress', 'HTTPRoute', 'VirtualService'].flatMap((kind) => ofKind(objects, kind).map(() => kind)),
    [ROUTE_KINDS[combination.ingress]],
  );
  same(
    'LoadBalancers',
    ofKind(objects, 'Service')
      .filter((service) => service.spec.type === 'LoadBalancer')
      .map((service) => service.metadata.name),
    [],
  );

  const pods = [...ofKind(objects, 'Deployment'), ...ofKind(objects, 'Job')];
  const readers = [
    ...workloadsOf(shape)
      .filter(({ readsBlob }) => readsBlob)
      .map(({ suffix }) => suffix),
    ...jobs.filter(({ hasIdentity }) => hasIdentity).map(({ suffix }) => suffix),
  ]
    .map((suffix) => objectName('langsmith', suffix))
    .sort();
  same(
    'labelled',
    pods
      .filter(isLabelled)
      .map(({ metadata }) => metadata.name)
      .sort(),
    readers,
  );
  const accounts = ofKind(objects, 'ServiceAccount').filter(
    ({ metadata }) => metadata.annotations['azure.workload.identity/client-id'] === CLIENT_ID,
  );
  same('annotated', accounts.map(({ metadata }) => metadata.name).sort(), pods.filter(isLabelled).map(accountOf).sort());
  for (const { metadata } of accounts)
    if (!outputs.workload_identity_service_accounts.includes(metadata.name))
      problems.push(`${label(combination)}: ${metadata.name} has no federated credential`);

  return [
    ...problems,
    ...(await missingSecretKeys({ shape, outputs }, objects)).map((key) => `${label(combination)}: ${key} is in no Secret`),
  ];
}

/** Secret keys that a container needs and neither the release nor the chart makes. */
async function missingSecretKeys({ shape, outputs }: Pick<Built, 'shape' | 'outputs'>, objects: readonly Rendered[]): Promise<string[]> {
  const values = new Map([...SECRETS.map(({ name }) => [name, 'x'] as const), [REDIS_KEY, 'x'] as const]);
  const made = new Set([
    ...secretSpecs({ shape, outputs, values }).flatMap(({ name, data }) => Object.keys(data).map((key) => `${name}.${key}`)),
    ...ofKind(objects, 'Secret').flatMap(({ metadata, ...secret }) =>
      Object.keys({ ...(secret['data'] as object), ...(secret['stringData'] as object) }).map((key) => `${metadata.name}.${key}`),
    ),
  ]);
  const needed = ['Deployment', 'StatefulSet', 'Job']
    .flatMap((kind) => ofKind(objects, kind))
    .flatMap((object) =>
      (
        object.spec.template.spec.containers as {
          env?: { valueFrom?: { secretKeyRef?: { name: string; key: string; optional?: boolean } } }[];
        }[]
      )
        .flatMap(({ env }) => env ?? [])
        .flatMap(({ valueFrom }) =>
          valueFrom?.secretKeyRef === undefined || valueFrom.secretKeyRef.optional === true ? [] : [valueFrom.secretKeyRef],
        ),
    );
  return [...new Set(needed.map(({ name, key }) => `${name}.${key}`))].filter((key) => !made.has(key));
}

/** Results in the order of the items, `width` at a time. */
export async function inParallel<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T);
    }),
  );
  return results;
}
