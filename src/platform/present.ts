import type { Cluster } from '../kubernetes/cluster.js';
import type { Outputs } from '../phases/outputs.js';
import type { PlatformResult } from '../phases/platform.js';
import { entranceOf, findService } from './entrance.js';
import { GATEWAY } from './names.js';

/** The deployment's public Service and the namespaces that may have one, for a run that changes nothing. */
export async function presentPlatform(cluster: Cluster, outputs: Outputs): Promise<Pick<PlatformResult, 'entrance' | 'namespaces'>> {
  const own = outputs.langsmith_namespace;
  const entrance = entranceOf(outputs);
  if (entrance === undefined) return { namespaces: [own], entrance: '' };
  // One that is not there keeps its place in the report, as a Service without an address.
  const name = (await findService(cluster, entrance, outputs)) ?? entrance.service ?? GATEWAY;
  return { namespaces: [...new Set([own, entrance.namespace])], entrance: `${entrance.namespace}/${name}` };
}
