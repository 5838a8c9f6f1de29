import type { KubeObject } from '../kubernetes/objects.js';
import type { ReleaseSummary } from '../tools/helm-output.js';

/** A Helm release of this deployment. */
export interface PlacedRelease extends ReleaseSummary {
  readonly namespace: string;
}

/** Something in the cluster that does not go, and what holds it. */
export interface Held {
  /** `kind namespace/name`. */
  readonly object: string;
  readonly by: string;
}

/** A disk that its claim did not take along. */
export interface RetainedVolume {
  readonly name: string;
  /** `namespace/name` of the claim it was made for. */
  readonly claim: string;
  /** ARM id of the disk, or what else the driver calls it. */
  readonly handle: string;
}

/** Agent products: the LangSmith operator takes them apart, so they go while it still runs (T294). */
export const AGENT_PRODUCTS = 'lgps.apps.langchain.ai';

/** A gateway controller makes a LoadBalancer Service for each, and makes it again as long as the Gateway is there. */
export const GATEWAYS = 'gateways.gateway.networking.k8s.io';

interface Service extends KubeObject {
  readonly spec?: { readonly type?: string };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

interface Volume extends KubeObject {
  readonly spec?: {
    readonly claimRef?: { readonly namespace?: string; readonly name?: string };
    readonly persistentVolumeReclaimPolicy?: string;
    readonly csi?: { readonly volumeHandle?: string };
  };
}

/** Namespaces in which AKS keeps what is its own: it would make a Service there again, and removes it together with the cluster. */
const OF_AKS = /^(kube-|aks-|gatekeeper-system$|calico-system$|tigera-operator$)/;

/** Services of type LoadBalancer that this deployment or its controllers made, whatever namespace they are in (T292). */
export function loadBalancers(services: readonly KubeObject[]): KubeObject[] {
  return services.filter((service) => (service as Service).spec?.type === 'LoadBalancer' && !OF_AKS.test(service.metadata.namespace ?? ''));
}

/** Addresses that Azure gave to Services. */
export function addressesOf(services: readonly KubeObject[]): string[] {
  return services.flatMap((service) => ((service as Service).status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []));
}

/**
 * Which releases go before the addresses and which after: an add-on serves what is still there, so it goes last.
 * @param addons every add-on this version knows, chosen today or not, in the order of their installation.
 */
export function inOrderOfRemoval(
  releases: readonly PlacedRelease[],
  addons: readonly { readonly name: string; readonly namespace: string }[],
): { readonly product: readonly PlacedRelease[]; readonly platform: readonly PlacedRelease[] } {
  const indexOf = (release: PlacedRelease): number =>
    addons.findIndex(({ name, namespace }) => name === release.name && namespace === release.namespace);
  // What stands beside LangSmith in its namespace may serve it: the product itself is the first to go.
  const rank = ({ chart }: PlacedRelease): number => (/^langsmith-\d/.test(chart) ? 0 : 1);
  return {
    product: releases.filter((release) => indexOf(release) < 0).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name)),
    // What was installed last goes first.
    platform: releases.filter((release) => indexOf(release) >= 0).sort((a, b) => indexOf(b) - indexOf(a)),
  };
}

/** Volumes of these namespaces that are still there once the namespaces are gone. */
export function retainedVolumes(volumes: readonly KubeObject[], namespaces: readonly string[]): RetainedVolume[] {
  return (volumes as readonly Volume[]).flatMap(({ metadata, spec }) => {
    const { namespace = '', name = '' } = spec?.claimRef ?? {};
    if (!namespaces.includes(namespace) || spec?.persistentVolumeReclaimPolicy === 'Delete') return [];
    return [{ name: metadata.name, claim: `${namespace}/${name}`, handle: spec?.csi?.volumeHandle ?? '' }];
  });
}

/** Names an object as `kind namespace/name`. */
export const nameOf = ({ kind, metadata }: KubeObject): string =>
  `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;

/** Why an object that was deleted is still there: its finalizers, and for a namespace what Kubernetes says about its content. */
export function held(objects: readonly KubeObject[]): Held[] {
  return objects.map((object) => {
    const conditions =
      (object['status'] as { conditions?: readonly { status?: string; message?: string }[] } | undefined)?.conditions ?? [];
    const said = object.kind === 'Namespace' ? conditions.flatMap(({ status, message }) => (status === 'True' ? (message ?? []) : [])) : [];
    const finalizers = object.metadata.finalizers ?? [];
    const by = [...(finalizers.length === 0 ? [] : [`finalizer ${finalizers.join(', ')}`]), ...said];
    return { object: nameOf(object), by: by.length === 0 ? 'nothing it says' : by.join('; ') };
  });
}
