import type { ClusterStore, NewObject } from '../../api.js';
import { podSpec, specOf, type PodSpec, type PodTemplate } from '../types.js';
import { controlPlanes } from './istio.js';

/** The image a chart leaves for the injector to fill in; nothing else knows where to pull it from. */
export const UNKNOWN_IMAGE = 'auto';

/** What istiod's injector does to the pods of a gateway: it fills in the proxy of its own version. Without an istiod nothing happens. */
export function injectProxy(store: ClusterStore, pod: NewObject): NewObject {
  const labels = pod.metadata.labels ?? {};
  const spec = pod['spec'] as PodSpec;
  if (labels['sidecar.istio.io/inject'] !== 'true' || !spec.containers.some(({ image }) => image === UNKNOWN_IMAGE)) return pod;
  const revision = labels['istio.io/rev'] ?? 'default';
  const plane = controlPlanes(store).find(({ deployment }) => deployment.metadata.labels?.['istio.io/rev'] === revision);
  if (!plane) return pod;
  const { template } = specOf<{ template: PodTemplate }>(plane.deployment);
  const [discovery] = podSpec({ ...plane.deployment, spec: template.spec }).containers;
  const image = (discovery?.image ?? '').replace(/\/pilot:/, '/proxyv2:');
  const containers = spec.containers.map((container) => (container.image === UNKNOWN_IMAGE ? { ...container, image } : container));
  return { ...pod, spec: { ...spec, containers } };
}
