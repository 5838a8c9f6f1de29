import { writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { CHART_SOURCES } from '../../../../rehearsal/charts/index.js';
import type { KubeObject, NewObject, PodLogs } from '../../../../rehearsal/kubernetes/api.js';
import { playClusters, type PlayedClusters } from '../../../../rehearsal/kubernetes/index.js';
import type { ObjectStore } from '../../../../rehearsal/kubernetes/store.js';
import { fetchTools, type Tools } from '../../../../rehearsal/tools/fetch.js';
import type { Cluster, ServiceMesh } from '../../../../rehearsal/world/clusters.js';
import { send, stage, type Answer, type Stage } from '../hosts/support.js';
import { eventually } from './controllers/stage.js';
import { Harness } from './harness.js';

const CACHE = join(import.meta.dirname, '../../../../.cache/tools');
const AKS_SERVER_APP = '6dae42f8-4368-4678-94ff-3960e28e3630';
const GROUP = '/subscriptions/22222222-aaaa-4bbb-8ccc-000000000002/resourceGroups/rg';

export const HOST = 'langsmith-demo.westeurope.cloudapp.azure.com';
export const DNS_LABEL = 'service.beta.kubernetes.io/azure-dns-label-name';

/** A world with one cluster, driven by the real helm and kubectl and looked at from the internet. */
export class EntranceScene {
  private constructor(
    readonly at: Stage,
    readonly cluster: Cluster,
    readonly store: ObjectStore,
    private readonly tools: Tools,
    private readonly harness: Harness,
    private readonly played: PlayedClusters,
  ) {}

  /** What containers printed. */
  get logs(): PodLogs {
    const contents = this.played.contents().get(this.cluster.fqdn);
    if (!contents) throw new Error('nobody plays the cluster');
    return contents.logs;
  }

  static async open(mesh?: ServiceMesh): Promise<EntranceScene> {
    const tools = await fetchTools({ helm: '4', cacheDirectory: CACHE });
    const at = await stage({ world: { podReadyMs: 10, rbacDelayMs: 0 } });
    const { world } = at;
    const id = `${GROUP}/providers/Microsoft.ContainerService/managedClusters/aks`;
    const admin = world.directory.addPrincipal({ name: 'admin', kind: 'app' });
    const roleName = 'Azure Kubernetes Service RBAC Cluster Admin';
    world.resources.assign({ id: '/admin', scope: id, principalId: admin.objectId, roleName });
    const played = playClusters(world);
    const cluster = world.addCluster({
      name: 'aks',
      resourceId: id,
      fqdn: 'aks-1a2b3c4d.hcp.westeurope.azmk8s.io',
      oidcIssuerUrl: 'https://westeurope.oic.prod-aks.azure.com/t/u/',
      kubernetesVersion: '1.35.7',
      localAccountDisabled: true,
      nodePools: [{ name: 'default', vmSize: 'Standard_D8s_v5', minCount: 2, maxCount: 5, labels: {}, taints: [] }],
      serviceMesh: mesh,
    });
    const server = played.servers.get(cluster.fqdn);
    if (!server) throw new Error('nobody plays the cluster');
    const token = await world.directory.mint(admin, AKS_SERVER_APP);
    const harness = await Harness.start((request, response) => cluster.handle?.(request, response), token);
    return new EntranceScene(at, cluster, server.store, tools, harness, played);
  }

  async close(): Promise<void> {
    await this.harness.stop();
    this.played.stop();
    await this.at.stop();
  }

  async #run(program: 'helm' | 'kubectl', args: readonly string[], input = ''): Promise<string> {
    const result = await this.harness.run(this.tools[program], args, input);
    if (result.code !== 0) throw new Error(`${program} ${args.join(' ')}: ${result.stdout}${result.stderr}`);
    return result.stdout;
  }

  kubectl(...args: string[]): Promise<string> {
    return this.#run('kubectl', args);
  }

  /** Installs a stand-in chart and waits for it. */
  async install(release: string, chart: string, namespace: string, values: object = {}): Promise<string> {
    const file = join(this.harness.folder, `${release}.json`);
    await writeFile(file, JSON.stringify(values));
    const args = ['upgrade', '--install', release, join(CHART_SOURCES, chart), '-n', namespace, '--create-namespace', '-f', file];
    return this.#run('helm', [...args, '--wait=watcher', '--timeout', '60s']);
  }

  apply(...objects: (Omit<NewObject, 'metadata'> & { metadata: object })[]): Promise<string> {
    return this.#run('kubectl', ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  }

  /** The namespace of the deployment, and in it a front end and a back end as the chart labels them. */
  async deployFrontend(): Promise<void> {
    await this.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'langsmith' } });
    await this.apply(...['frontend', 'backend'].map((part) => workload(part)), {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'langsmith-frontend', namespace: 'langsmith' },
      spec: { selector: { 'app.kubernetes.io/component': 'langsmith-frontend' }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    await this.kubectl('rollout', 'status', 'deployment/langsmith-frontend', 'deployment/langsmith-backend', '-n', 'langsmith');
  }

  /** cert-manager and a ClusterIssuer `letsencrypt-prod` with one solver. */
  async certManager(solver: object, values: object = {}): Promise<void> {
    await this.install('cert-manager', 'cert-manager', 'cert-manager', { crds: { enabled: true }, ...values });
    const acme = {
      server: 'https://acme-v02.api.letsencrypt.org/directory',
      email: 'ops@contoso.example',
      privateKeySecretRef: { name: 'letsencrypt-prod-account-key' },
      solvers: [solver],
    };
    await this.apply({ apiVersion: 'cert-manager.io/v1', kind: 'ClusterIssuer', metadata: { name: 'letsencrypt-prod' }, spec: { acme } });
  }

  /** Fails with how the pods stand. */
  async eventually<T>(what: string, look: () => T | undefined | false): Promise<T> {
    try {
      return await eventually(this, what, look);
    } catch (error) {
      const pods = this.store
        .list('Pod')
        .filter(({ metadata }) => metadata.namespace !== 'kube-system')
        .map(({ metadata, status }) => {
          const { phase, containerStatuses = [] } = (status ?? {}) as { phase?: string; containerStatuses?: { state: object }[] };
          return `${metadata.namespace}/${metadata.name} ${phase} ${containerStatuses.map(({ state }) => JSON.stringify(state)).join(' ')}`;
        });
      throw new Error([error instanceof Error ? error.message : String(error), ...pods].join('\n'), { cause: error });
    }
  }

  condition(
    kind: string,
    namespace: string | undefined,
    name: string,
    type: string,
  ): { status: string; reason?: string; message?: string } | undefined {
    const status = this.store.get(kind, namespace, name)?.['status'] as { conditions?: { type: string; status: string }[] } | undefined;
    return status?.conditions?.find((entry) => entry.type === type);
  }

  async certificate(namespace: string, name = 'langsmith-tls'): Promise<void> {
    await this.eventually(
      `certificate ${namespace}/${name}`,
      () => this.condition('cert-manager.io/Certificate', namespace, name, 'Ready')?.status === 'True',
    );
  }

  events(kind: string): string[] {
    const about = (event: KubeObject) => (event['involvedObject'] as { kind: string }).kind === kind;
    return this.store
      .list('Event')
      .filter(about)
      .map((event) => String(event['message']));
  }

  /** Over TLS, with the rehearsal's authority as the only trusted one. */
  get(path: string, host = HOST): Promise<Answer> {
    return send(this.at, 'GET', `https://${host}${path}`);
  }

  /** Plain HTTP: by a request in the clear to the proxy. */
  async plain(path: string, host = HOST): Promise<{ status: number; location?: string | undefined; text: string }> {
    const proxy = new URL(this.at.hosts.env['HTTP_PROXY'] ?? '');
    return new Promise((resolve, reject) => {
      const asked = httpRequest(
        { host: proxy.hostname, port: proxy.port, path: `http://${host}${path}`, headers: { host }, agent: false },
        (response) => {
          void readText(response).then(
            (text) => resolve({ status: response.statusCode ?? 0, location: response.headers.location, text }),
            reject,
          );
        },
      );
      asked.once('error', reject).end();
    });
  }
}

function workload(part: string): NewObject & { metadata: object } {
  const labels = { 'app.kubernetes.io/component': `langsmith-${part}`, 'app.kubernetes.io/version': '0.13.31' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `langsmith-${part}`, namespace: 'langsmith' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: part, image: 'acme/app:1', ports: [{ name: 'http', containerPort: 8080 }] }] },
      },
    },
  };
}

export function ingress(
  className: string,
  options: { secretName?: string; annotations?: Record<string, string> } = {},
): NewObject & { metadata: object } {
  const path = { path: '/', pathType: 'Prefix', backend: { service: { name: 'langsmith-frontend', port: { number: 80 } } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'langsmith-ingress', namespace: 'langsmith', annotations: options.annotations ?? {} },
    spec: {
      ingressClassName: className,
      ...(options.secretName === undefined ? {} : { tls: [{ secretName: options.secretName, hosts: [HOST] }] }),
      rules: [{ host: HOST, http: { paths: [path] } }],
    },
  };
}

export function certificate(namespace: string, hosts: readonly string[] = [HOST]): NewObject & { metadata: object } {
  const issuerRef = { name: 'letsencrypt-prod', kind: 'ClusterIssuer' };
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name: 'langsmith-tls', namespace },
    spec: { secretName: 'langsmith-tls', dnsNames: hosts, issuerRef },
  };
}
