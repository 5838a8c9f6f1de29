import { randomBytes } from 'node:crypto';
import type { NodePool } from '../../world/clusters.js';
import type { KubeObject } from '../api.js';
import type { Runtime } from './runtime.js';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** CPU the kubelet keeps back, in cores, by the VM's cores (AKS's own table). */
const RESERVED_CPU: readonly (readonly [number, number])[] = [
  [1, 0.06],
  [2, 0.1],
  [4, 0.14],
  [8, 0.18],
  [16, 0.26],
  [32, 0.42],
  [64, 0.74],
];

/** Pods per node, as terraform/infra asks for (azurerm `max_pods`). */
export const MAX_PODS = 60;

/** The hypervisor and the kernel take a little of the memory a size is sold with. */
const VISIBLE_MEMORY = 0.977;

export interface VmSize {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** Cores and memory of a general-purpose Azure VM size (D family: 4 GiB per core). Throws for a size nobody modelled. */
export function vmSize(name: string): VmSize {
  const match = /^Standard_D(\d+)a?d?s?_v[3-6]$/.exec(name);
  if (!match)
    throw new Error(`the rehearsal does not know the VM size ${name}; it knows Standard_D{n}s_v3 to _v6 with the a and d variants`);
  const cores = Number(match[1]);
  return { cores, memoryBytes: cores * 4 * GIB };
}

/** What pods may reserve on a node of this size: AKS keeps CPU by table, memory per possible pod, and 100 MiB for eviction. */
export function allocatable(size: VmSize): { cpu: string; memory: string; pods: string; 'ephemeral-storage': string } {
  const reservedCpu = RESERVED_CPU.findLast(([cores]) => cores <= size.cores)?.[1] ?? 0;
  const visible = size.memoryBytes * VISIBLE_MEMORY;
  const reservedMemory = Math.min(20 * MIB * MAX_PODS + 50 * MIB, size.memoryBytes / 4) + 100 * MIB;
  return {
    cpu: `${Math.round((size.cores - reservedCpu) * 1000)}m`,
    memory: `${Math.floor((visible - reservedMemory) / 1024)}Ki`,
    pods: String(MAX_PODS),
    'ephemeral-storage': '119703055367',
  };
}

/** `key=value:Effect` as Terraform writes taints. */
function taint(text: string): { key: string; value: string; effect: string } {
  const match = /^([^=:]+)=([^:]*):(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text);
  if (!match) throw new Error(`node taint "${text}" is not of the form key=value:Effect`);
  return { key: match[1] ?? '', value: match[2] ?? '', effect: match[3] ?? '' };
}

/** Deterministic per cluster, as in `aks-default-12345678-vmss`. */
export function scaleSetName(runtime: Runtime, pool: NodePool): string {
  let hash = 0;
  for (const character of runtime.context.cluster.resourceId) hash = (hash * 31 + character.charCodeAt(0)) % 90_000_000;
  return `aks-${pool.name}-${10_000_000 + hash}-vmss`;
}

export function region(runtime: Runtime): string {
  const match = /\.hcp\.([a-z0-9]+)\.azmk8s\.io$/.exec(runtime.context.cluster.fqdn);
  if (!match) throw new Error(`cluster host name ${runtime.context.cluster.fqdn} does not name its region`);
  return match[1] ?? '';
}

/** Azure's resource group for what the cluster itself creates: `MC_<group>_<cluster>_<region>`, as an ARM id. */
export function nodeResourceGroup(runtime: Runtime): string {
  const { resourceId, name } = runtime.context.cluster;
  const [, subscription = '', , group = ''] = /\/subscriptions\/([^/]+)(\/resourceGroups\/([^/]+))/i.exec(resourceId) ?? [];
  return `/subscriptions/${subscription}/resourceGroups/MC_${group}_${name}_${region(runtime)}`;
}

/** The node that number `index` of a pool is, before it exists: what the autoscaler reckons with. */
export function nodeOf(runtime: Runtime, pool: NodePool, index: number): KubeObject & { status: Record<string, unknown> } {
  const size = vmSize(pool.vmSize);
  const name = `${scaleSetName(runtime, pool)}${index.toString(36).padStart(6, '0')}`;
  const now = runtime.timestamp();
  const zone = region(runtime);
  const taints = pool.taints.map(taint);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: '',
      resourceVersion: '',
      creationTimestamp: now,
      labels: {
        agentpool: pool.name,
        'kubernetes.azure.com/agentpool': pool.name,
        'kubernetes.azure.com/cluster': nodeResourceGroup(runtime).split('/').at(-1) ?? '',
        'kubernetes.azure.com/mode': pool === runtime.context.cluster.nodePools[0] ? 'system' : 'user',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/role': 'agent',
        'node.kubernetes.io/instance-type': pool.vmSize,
        'topology.kubernetes.io/region': zone,
        'topology.kubernetes.io/zone': '0',
        'topology.disk.csi.azure.com/zone': '',
        ...pool.labels,
      },
    },
    spec: {
      providerID: `azure://${nodeResourceGroup(runtime)}/providers/Microsoft.Compute/virtualMachineScaleSets/${scaleSetName(runtime, pool)}/virtualMachines/${index}`,
      ...(taints.length > 0 ? { taints } : {}),
    },
    status: {
      capacity: {
        cpu: String(size.cores),
        memory: `${Math.floor((size.memoryBytes * VISIBLE_MEMORY) / 1024)}Ki`,
        pods: String(MAX_PODS),
        'ephemeral-storage': '129886128Ki',
      },
      allocatable: allocatable(size),
      conditions: [
        {
          type: 'MemoryPressure',
          status: 'False',
          reason: 'KubeletHasSufficientMemory',
          message: 'kubelet has sufficient memory available',
        },
        { type: 'DiskPressure', status: 'False', reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure' },
        { type: 'PIDPressure', status: 'False', reason: 'KubeletHasSufficientPID', message: 'kubelet has sufficient PID available' },
        { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
      ].map((entry) => ({ ...entry, lastHeartbeatTime: now, lastTransitionTime: now })),
      addresses: [
        { type: 'InternalIP', address: `10.0.0.${4 + (index % 200)}` },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: {
        architecture: 'amd64',
        bootID: randomBytes(16).toString('hex'),
        containerRuntimeVersion: 'containerd://2.0.0-1',
        kernelVersion: '6.6.96.2-1.azl3',
        kubeletVersion: `v${runtime.context.cluster.kubernetesVersion.replace(/^v/, '').replace(/^(\d+\.\d+)$/, '$1.0')}`,
        kubeProxyVersion: '',
        machineID: randomBytes(16).toString('hex'),
        operatingSystem: 'linux',
        osImage: 'Microsoft Azure Linux 3.0',
        systemUUID: randomBytes(16).toString('hex'),
      },
    },
  };
}

export function addNode(runtime: Runtime, node: KubeObject): void {
  runtime.store.create(node);
  runtime.setStatus('Node', node, node['status'] as object);
}

export function nodesOf(runtime: Runtime, pool: NodePool): KubeObject[] {
  return runtime.store.list('Node').filter((node) => node.metadata.labels?.['agentpool'] === pool.name);
}

/** `min_count` nodes of every pool. */
export function installNodes(runtime: Runtime): void {
  for (const pool of runtime.context.cluster.nodePools) {
    for (let index = nodesOf(runtime, pool).length; index < pool.minCount; index += 1) addNode(runtime, nodeOf(runtime, pool, index));
  }
}
