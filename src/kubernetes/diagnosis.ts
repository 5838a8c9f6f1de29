import { messageOf } from '../errors.js';
import { explain } from './causes.js';
import type { Cluster } from './cluster.js';
import { telling } from './log-lines.js';
import type { KubeObject } from './objects.js';
import { failedJobs, otherWarnings, pendingClaims, troublesOf, type Trouble, warningsFor } from './troubles.js';

/** A cluster in trouble has many pods saying the same: the first ones tell the story. */
const MOST_TROUBLES = 8;
/** Fetched, and shown of them. */
const LOG_TAIL = 200;
const LOG_LINES = 15;
const EVENTS_PER_POD = 3;
const OTHER_WARNINGS = 5;

/**
 * Why things in a namespace do not come up: each pod that is not well with its container, last state, warnings and log lines, Jobs that
 * gave up, claims without a disk, and the known causes behind them. Redacted; '' when nothing is wrong. Never throws: a diagnosis must not hide the failure.
 * @param alsoSaid what a tool printed, searched for known causes too.
 */
export async function diagnose(cluster: Cluster, namespace: string, alsoSaid: string): Promise<string> {
  try {
    const objects = await cluster.kubectl.list('pods,jobs,events,persistentvolumeclaims', namespace);
    const troubles = troublesOf(objects).slice(0, MOST_TROUBLES);
    const logs = await Promise.all(troubles.map((trouble) => logOf(cluster, namespace, trouble)));
    return cluster.redact(describe(objects, troubles, logs, alsoSaid));
  } catch (error) {
    return `No diagnosis: ${cluster.redact(messageOf(error))}`;
  }
}

async function logOf({ kubectl }: Cluster, namespace: string, trouble: Trouble): Promise<string> {
  if (!trouble.hasLog || trouble.container === undefined) return '';
  return kubectl.logs({ namespace, pod: trouble.pod, container: trouble.container, tail: LOG_TAIL, previous: trouble.previousLog });
}

function describe(objects: readonly KubeObject[], troubles: readonly Trouble[], logs: readonly string[], alsoSaid: string): string {
  const lines = troubles.flatMap((trouble, index) => [
    `pod ${trouble.pod}${trouble.container === undefined ? '' : `, container ${trouble.container}`}: ${trouble.state}${trouble.alike === 0 ? '' : ` (and ${trouble.alike} more like it)`}`,
    ...warningsFor(objects, 'Pod', trouble.pod)
      .slice(-EVENTS_PER_POD)
      .map((warning) => `  event ${warning}`),
    ...(trouble.hasLog ? logLines(logs[index] ?? '') : []),
  ]);
  lines.push(...failedJobs(objects), ...pendingClaims(objects), ...otherWarnings(objects).slice(0, OTHER_WARNINGS));
  const causes = explain(`${lines.join('\n')}\n${alsoSaid}`);
  return [...lines, ...causes.map((cause) => `likely cause: ${cause}`)].join('\n');
}

/** A process that said nothing is told too: that is how a missing configuration key shows. */
function logLines(text: string): string[] {
  const shown = telling(text, LOG_LINES);
  return (shown.length === 0 ? ['(nothing)'] : shown).map((line) => `  log   ${line}`);
}
