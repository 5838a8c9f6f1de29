import { createHash } from 'node:crypto';
import type { Cluster } from '../kubernetes/cluster.js';
import { type KubeObject, ofKind, type Replicated } from '../kubernetes/objects.js';
import { objectName } from '../passes.js';
import { canonical } from '../values/merge.js';
import type { ReleaseName } from './autoscalers.js';

/** A ConfigMap that registering agents writes at run time, after the pods that read it have started. */
interface AgentConfig {
  readonly suffix: string;
  /** Suffixes of the Deployments whose pods take it into their environment, where it is there when they start. */
  readonly readers: readonly string[];
}

/**
 * Source: chart line 0.13. The bootstrap is told to restart all of these, but its Role lacks the queue before 0.13.40, and a restart it
 * did before the ConfigMap was complete cannot be told from one after.
 */
const AGENT_CONFIGS: readonly AgentConfig[] = [
  { suffix: 'agent-builder-config', readers: ['frontend', 'agent-builder-trigger-server'] },
  { suffix: 'insights-config', readers: ['frontend', 'backend', 'queue'] },
  { suffix: 'polly-config', readers: ['frontend'] },
];

/** On a pod template: a digest of the ConfigMap its pods started with. Comparing finds a restart that a run which died still owes. */
const annotationOf = (configSuffix: string): string => `langsmith-azure/${configSuffix}-digest`;

const digestOf = (config: KubeObject): string =>
  createHash('sha256')
    .update(canonical({ data: config['data'], binaryData: config['binaryData'] }))
    .digest('hex')
    .slice(0, 16);

/** A Deployment whose pods started before a ConfigMap they read, and what its pod template shall say. */
export interface StaleReader {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** PURE. */
export function staleReaders(objects: readonly KubeObject[], release: string): StaleReader[] {
  const present = AGENT_CONFIGS.flatMap(({ suffix, readers }) => {
    const config = ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name === objectName(release, suffix));
    return config === undefined ? [] : [{ annotation: annotationOf(suffix), digest: digestOf(config), readers }];
  });
  return ofKind<Replicated>(objects, 'Deployment').flatMap(({ metadata: { name }, spec }) => {
    const started = spec.template.metadata?.annotations ?? {};
    const owed = present.filter(
      ({ annotation, digest, readers }) => readers.some((suffix) => objectName(release, suffix) === name) && started[annotation] !== digest,
    );
    return owed.length === 0 ? [] : [{ name, annotations: Object.fromEntries(owed.map(({ annotation, digest }) => [annotation, digest])) }];
  });
}

/** Restarts them, once per content of the ConfigMap. @returns their names. */
export async function restartForAgentConfig({ kubectl }: Cluster, { release, namespace }: ReleaseName): Promise<string[]> {
  const stale = staleReaders(await kubectl.list('configmaps,deployments', namespace), release);
  await Promise.all(
    stale.map(({ name, annotations }) =>
      kubectl.patch('deployment', name, namespace, 'merge', { spec: { template: { metadata: { annotations } } } }),
    ),
  );
  return stale.map(({ name }) => name);
}
