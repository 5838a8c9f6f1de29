/**
 * What chart line 0.13 gives a workload about which the values say nothing: its fixed number of pods, the bounds of its autoscalers
 * where it has any, its requests and limits. By values key; read from the chart's values, not from its documentation.
 */
export interface ChartDefault {
  readonly replicas: number;
  /** Bounds the HPA and the KEDA block both start from. */
  readonly scale?: readonly [min: number, max: number];
  readonly requests: readonly [cpu: string, memory: string];
  readonly limits: readonly [cpu: string, memory: string];
}

export const CHART_DEFAULTS_0_13: Readonly<Record<string, ChartDefault>> = {
  frontend: { replicas: 1, scale: [1, 5], requests: ['500m', '1Gi'], limits: ['1', '2Gi'] },
  backend: { replicas: 2, scale: [2, 6], requests: ['1', '2Gi'], limits: ['2', '4Gi'] },
  platformBackend: { replicas: 3, scale: [3, 10], requests: ['1', '2Gi'], limits: ['2', '4Gi'] },
  playground: { replicas: 1, scale: [1, 5], requests: ['500m', '1Gi'], limits: ['1', '8Gi'] },
  aceBackend: { replicas: 1, scale: [1, 5], requests: ['200m', '1000Mi'], limits: ['1', '2Gi'] },
  queue: { replicas: 1, scale: [1, 10], requests: ['1', '2Gi'], limits: ['2', '4Gi'] },
  ingestQueue: { replicas: 3, scale: [3, 10], requests: ['1', '2Gi'], limits: ['2', '4Gi'] },
  hostBackend: { replicas: 1, scale: [1, 5], requests: ['200m', '1000Mi'], limits: ['1', '2Gi'] },
  listener: { replicas: 1, scale: [1, 10], requests: ['1', '2Gi'], limits: ['2', '4Gi'] },
  operator: { replicas: 1, requests: ['1', '2Gi'], limits: ['2', '4Gi'] },
  agentBuilderToolServer: { replicas: 1, requests: ['1', '2Gi'], limits: ['2', '4Gi'] },
  agentBuilderTriggerServer: { replicas: 1, requests: ['1', '2Gi'], limits: ['2', '4Gi'] },
  clickhouse: { replicas: 1, requests: ['3500m', '12Gi'], limits: ['8', '32Gi'] },
  postgres: { replicas: 1, requests: ['2', '8Gi'], limits: ['4', '16Gi'] },
  redis: { replicas: 1, requests: ['2', '4Gi'], limits: ['4', '8Gi'] },
};

/** `config.<product>.agent.resources` of every product the bootstrap Job registers: CPU in cores, memory in MiB. */
export const AGENT_DEFAULTS_0_13 = { cpu: 2, cpuLimit: 4, memoryMb: 4096, memoryLimitMb: 8192, minScale: 1, maxScale: 5 } as const;
