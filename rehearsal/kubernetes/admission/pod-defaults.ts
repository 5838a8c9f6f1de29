import { child, children, fill, made, type Tree } from './tree.js';

function defaultHandler(handler: Tree | undefined): void {
  const http = child(handler, 'httpGet');
  if (http) fill(http, { path: '/', scheme: 'HTTP' });
  const grpc = child(handler, 'grpc');
  if (grpc) fill(grpc, { service: '' });
}

function defaultProbe(probe: Tree | undefined): void {
  if (!probe) return;
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  defaultHandler(probe);
}

/** Images without a tag, or tagged latest, are pulled each time. */
function pullPolicy(image: unknown): string {
  if (typeof image !== 'string' || image.includes('@')) return 'IfNotPresent';
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultContainer(container: Tree): void {
  fill(container, {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(container['image']),
  });
  const resources = made(container, 'resources');
  const limits = child(resources, 'limits');
  if (limits) fill(made(resources, 'requests'), limits);
  for (const port of children(container, 'ports')) fill(port, { protocol: 'TCP' });
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) defaultProbe(child(container, probe));
  const lifecycle = child(container, 'lifecycle');
  for (const hook of ['postStart', 'preStop']) defaultHandler(child(lifecycle, hook));
  for (const variable of children(container, 'env')) {
    const field = child(child(variable, 'valueFrom'), 'fieldRef');
    if (field) fill(field, { apiVersion: 'v1' });
  }
}

function defaultVolume(volume: Tree): void {
  if (Object.keys(volume).length === 1) volume['emptyDir'] = {};
  for (const source of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    const found = child(volume, source);
    if (found) fill(found, { defaultMode: 420 });
  }
  const host = child(volume, 'hostPath');
  if (host) fill(host, { type: '' });
  for (const source of children(child(volume, 'projected'), 'sources')) {
    const token = child(source, 'serviceAccountToken');
    if (token) fill(token, { expirationSeconds: 3600 });
  }
  for (const item of [
    child(volume, 'downwardAPI'),
    ...children(child(volume, 'projected'), 'sources').map((source) => child(source, 'downwardAPI')),
  ]) {
    for (const file of children(item, 'items')) {
      const field = child(file, 'fieldRef');
      if (field) fill(field, { apiVersion: 'v1' });
    }
  }
  const claim = child(child(child(volume, 'ephemeral'), 'volumeClaimTemplate'), 'spec');
  if (claim) fill(claim, { volumeMode: 'Filesystem' });
}

/** Fills in a pod spec, of a pod or of a template, as the API server does. */
export function defaultPodSpec(spec: Tree): void {
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  // The deprecated twin is always there beside the name.
  if (spec['serviceAccountName'] !== undefined) spec['serviceAccount'] = spec['serviceAccountName'];
  else if (spec['serviceAccount'] !== undefined) spec['serviceAccountName'] = spec['serviceAccount'];
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) children(spec, list).forEach(defaultContainer);
  children(spec, 'volumes').forEach(defaultVolume);
}
