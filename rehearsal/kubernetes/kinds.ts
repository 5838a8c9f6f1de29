import type { KubeObject } from './api.js';

/** A column of `kubectl get` for a custom resource, as its CRD declares it. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly priority?: number;
  readonly description?: string;
}

/** One kind the API serves, in every version it serves it. */
export interface ResourceType {
  readonly group: string;
  /** Served versions, preferred first. Objects are stored as written and answered in the version asked for. */
  versions: readonly string[];
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  shortNames: readonly string[];
  readonly namespaced: boolean;
  /** `status`, `scale`; the pod ones are `log`, `eviction`. */
  subresources: readonly string[];
  categories: readonly string[];
  /** Set for kinds a CustomResourceDefinition brought: what its versions look like. */
  custom?: ReadonlyMap<string, CustomVersion>;
}

export interface CustomVersion {
  /** OpenAPI v3 schema of the whole object; undefined when the CRD has none. */
  readonly schema: Record<string, unknown> | undefined;
  readonly columns: readonly PrinterColumn[];
  /** Dotted paths of the scale subresource, when declared. */
  readonly scale: { readonly spec: string; readonly status: string } | undefined;
}

/** `Pod`, `apps/Deployment`: how the store names a kind. */
export function kindId(group: string, kind: string): string {
  return group === '' ? kind : `${group}/${kind}`;
}

/** Group and version of an `apiVersion`; the core group is the empty string. */
export function groupVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** The store's name for the kind of an object. */
export function kindOf(object: { apiVersion: string; kind: string }): string {
  return kindId(groupVersion(object.apiVersion).group, object.kind);
}

export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Kind, plural, short names, then flags: `N` namespaced, `s` status, `c` scale, `a` in category "all". */
const BUILT_IN: Readonly<Record<string, readonly (readonly [string, string, string, string])[]>> = {
  v1: [
    ['Namespace', 'namespaces', 'ns', 's'],
    ['Node', 'nodes', 'no', 's'],
    ['PersistentVolume', 'persistentvolumes', 'pv', 's'],
    ['Pod', 'pods', 'po', 'Nsa'],
    ['Service', 'services', 'svc', 'Nsa'],
    ['ServiceAccount', 'serviceaccounts', 'sa', 'N'],
    ['ConfigMap', 'configmaps', 'cm', 'N'],
    ['Secret', 'secrets', '', 'N'],
    ['Event', 'events', 'ev', 'N'],
    ['Endpoints', 'endpoints', 'ep', 'N'],
    ['PersistentVolumeClaim', 'persistentvolumeclaims', 'pvc', 'Ns'],
    ['ResourceQuota', 'resourcequotas', 'quota', 'Ns'],
    ['LimitRange', 'limitranges', 'limits', 'N'],
    ['PodTemplate', 'podtemplates', '', 'N'],
    ['ReplicationController', 'replicationcontrollers', 'rc', 'Nsca'],
  ],
  'apps/v1': [
    ['Deployment', 'deployments', 'deploy', 'Nsca'],
    ['StatefulSet', 'statefulsets', 'sts', 'Nsca'],
    ['DaemonSet', 'daemonsets', 'ds', 'Nsa'],
    ['ReplicaSet', 'replicasets', 'rs', 'Nsca'],
    ['ControllerRevision', 'controllerrevisions', '', 'N'],
  ],
  'batch/v1': [
    ['Job', 'jobs', '', 'Nsa'],
    ['CronJob', 'cronjobs', 'cj', 'Nsa'],
  ],
  'autoscaling/v2': [['HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'hpa', 'Nsa']],
  'policy/v1': [['PodDisruptionBudget', 'poddisruptionbudgets', 'pdb', 'Ns']],
  'networking.k8s.io/v1': [
    ['Ingress', 'ingresses', 'ing', 'Ns'],
    ['IngressClass', 'ingressclasses', '', ''],
    ['NetworkPolicy', 'networkpolicies', 'netpol', 'N'],
  ],
  'rbac.authorization.k8s.io/v1': [
    ['Role', 'roles', '', 'N'],
    ['RoleBinding', 'rolebindings', '', 'N'],
    ['ClusterRole', 'clusterroles', '', ''],
    ['ClusterRoleBinding', 'clusterrolebindings', '', ''],
  ],
  'storage.k8s.io/v1': [
    ['StorageClass', 'storageclasses', 'sc', ''],
    ['CSIDriver', 'csidrivers', '', ''],
  ],
  'scheduling.k8s.io/v1': [['PriorityClass', 'priorityclasses', 'pc', '']],
  'coordination.k8s.io/v1': [['Lease', 'leases', '', 'N']],
  'discovery.k8s.io/v1': [['EndpointSlice', 'endpointslices', '', 'N']],
  'node.k8s.io/v1': [['RuntimeClass', 'runtimeclasses', '', '']],
  'admissionregistration.k8s.io/v1': [
    ['ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', '', ''],
    ['MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', '', ''],
    ['ValidatingAdmissionPolicy', 'validatingadmissionpolicies', '', 's'],
    ['ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', '', ''],
  ],
  'apiextensions.k8s.io/v1': [['CustomResourceDefinition', 'customresourcedefinitions', 'crd crds', 's']],
  'apiregistration.k8s.io/v1': [['APIService', 'apiservices', '', 's']],
};

function builtIn(): ResourceType[] {
  return Object.entries(BUILT_IN).flatMap(([apiVersion, rows]) =>
    rows.map(([kind, plural, shortNames, flags]) => {
      const { group, version } = groupVersion(apiVersion);
      const subresources = [...(flags.includes('s') ? ['status'] : []), ...(flags.includes('c') ? ['scale'] : [])];
      return {
        group,
        versions: [version],
        kind,
        plural,
        singular: kind.toLowerCase(),
        shortNames: shortNames.split(' ').filter(Boolean),
        namespaced: flags.includes('N'),
        subresources,
        categories: flags.includes('a') ? ['all'] : [],
      };
    }),
  );
}

/** What a CustomResourceDefinition declares, read leniently: its own validation happened before. */
interface Definition {
  group: string;
  scope: string;
  names: { kind: string; plural: string; singular?: string; shortNames?: string[]; categories?: string[] };
  versions: {
    name: string;
    served: boolean;
    storage: boolean;
    schema?: { openAPIV3Schema?: Record<string, unknown> };
    subresources?: { status?: unknown; scale?: { specReplicasPath: string; statusReplicasPath: string } };
    additionalPrinterColumns?: PrinterColumn[];
  }[];
}

/** The kinds one cluster serves: the built-in ones and what its CustomResourceDefinitions add. */
export class Kinds {
  readonly #types = new Map<string, ResourceType>();
  /** Counts changes, so that clients can be given fresh OpenAPI addresses. */
  revision = 0;

  constructor() {
    for (const type of builtIn()) this.#types.set(kindId(type.group, type.kind), type);
  }

  all(): ResourceType[] {
    return [...this.#types.values()];
  }

  /** By store name: `Pod`, `apps/Deployment`. */
  get(id: string): ResourceType | undefined {
    return this.#types.get(id);
  }

  /** By the words of a request path. */
  find(group: string, version: string, plural: string): ResourceType | undefined {
    return this.all().find((type) => type.group === group && type.plural === plural && type.versions.includes(version));
  }

  /** Takes up a CustomResourceDefinition, or its change: the descriptor keeps its identity, so nobody holds a dead one. */
  define(crd: KubeObject): void {
    const spec = crd['spec'] as Definition;
    const id = kindId(spec.group, spec.names.kind);
    const served = spec.versions.filter((version) => version.served);
    const type: ResourceType = {
      group: spec.group,
      versions: served.sort((a, b) => Number(b.storage) - Number(a.storage)).map((version) => version.name),
      kind: spec.names.kind,
      plural: spec.names.plural,
      singular: spec.names.singular ?? spec.names.kind.toLowerCase(),
      shortNames: spec.names.shortNames ?? [],
      namespaced: spec.scope === 'Namespaced',
      subresources: [
        ...(served.some((version) => version.subresources?.status) ? ['status'] : []),
        ...(served.some((version) => version.subresources?.scale) ? ['scale'] : []),
      ],
      categories: spec.names.categories ?? [],
      custom: new Map(
        served.map((version) => {
          const scale = version.subresources?.scale;
          return [
            version.name,
            {
              schema: version.schema?.openAPIV3Schema,
              columns: version.additionalPrinterColumns ?? [],
              scale: scale && { spec: scale.specReplicasPath.replace(/^\./, ''), status: scale.statusReplicasPath.replace(/^\./, '') },
            },
          ];
        }),
      ),
    };
    this.#types.set(id, Object.assign(this.#types.get(id) ?? {}, type));
    this.revision += 1;
  }

  forget(crd: KubeObject): void {
    const spec = crd['spec'] as Definition;
    if (this.#types.delete(kindId(spec.group, spec.names.kind))) this.revision += 1;
  }
}
