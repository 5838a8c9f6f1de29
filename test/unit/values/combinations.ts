import path from 'node:path';
import { type PassNumber, type Shape, shapeOf, type TopologyName } from '../../../src/passes.js';
import type { Outputs } from '../../../src/phases/outputs.js';
import { buildValues, type ChartValues } from '../../../src/phases/values.js';
import { ingressFile } from '../../../src/values/computed.js';
import { readValuesFiles, type ValuesFile } from '../../../src/values/files.js';
import { lightOutputs, productionOutputs } from '../../fakes/cluster.js';

export const TOPOLOGIES = ['light', 'production'] as const satisfies readonly TopologyName[];
export const SIZINGS = ['minimum', 'dev', 'production', 'production-large'] as const satisfies readonly Outputs['sizing_profile'][];
export const INGRESSES = [
  'nginx',
  'istio',
  'istio-addon',
  'envoy-gateway',
  'none',
] as const satisfies readonly Outputs['ingress_controller'][];
export const PASSES = [2, 3, 4, 5] as const satisfies readonly PassNumber[];

/** One deployment, by its choices; whatever else pass 1 says is overridden by `outputs`. */
export interface Combination {
  readonly topology: TopologyName;
  readonly sizing: Outputs['sizing_profile'];
  readonly ingress: Outputs['ingress_controller'];
  readonly pass: PassNumber;
  readonly outputs?: Partial<Outputs>;
  readonly userFiles?: readonly ValuesFile[];
}

export interface Built {
  readonly shape: Shape;
  readonly outputs: Outputs;
  readonly values: ChartValues;
}

/** What a ClickHouse of the user's own adds to the outputs. */
export const EXTERNAL_CLICKHOUSE: Partial<Outputs> = {
  clickhouse_source: 'external',
  clickhouse_host: 'ch.example.com',
  clickhouse_port: 8443,
  clickhouse_native_port: 9440,
  clickhouse_username: 'langsmith',
  clickhouse_database: 'langsmith',
  clickhouse_tls: true,
};

export async function build({ topology, sizing, ingress, pass, outputs: others = {}, userFiles = [] }: Combination): Promise<Built> {
  const choice = {
    sizing_profile: sizing,
    ingress_controller: ingress,
    // What the rules of Terraform allow with every controller.
    tls_certificate_source: ingress === 'none' || ingress === 'istio-addon' ? 'existing' : 'letsencrypt',
    ...others,
  } as const;
  const outputs = topology === 'light' ? lightOutputs(choice) : productionOutputs(choice);
  const shape = shapeOf(pass, topology, outputs);
  const files = await readValuesFiles(path.resolve('.'), { topology, sizing, ingress: ingressFile(outputs), pass });
  return { shape, outputs, values: buildValues({ shape, outputs, adminEmail: 'admin@example.com', files, userFiles }) };
}
