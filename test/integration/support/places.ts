import { unzipSync } from 'fflate';
import type { Rehearsal } from '../../../rehearsal/rehearsal.js';
import type { RunResult, StepResult } from '../../../rehearsal/runner/index.js';
import type { Place } from './planted.js';
import type { Witness } from './witness.js';

/** Lines that a step itself wrote: without the header in which the runner repeats its inputs, and without what is told to it to mask. */
function writtenBy({ rawLog }: StepResult): string {
  const headerEnds = rawLog[0]?.startsWith('##[group]Run ') === true ? rawLog.indexOf('##[endgroup]') + 1 : 0;
  return rawLog
    .slice(headerEnds)
    .filter((line) => !line.startsWith('::add-mask::'))
    .join('\n');
}

/** Everything the workflow runner keeps of a run. */
export function reported(result: RunResult): Place[] {
  const jobs = result.jobs.map(({ name, outputs, environmentUrl, reason }) => ({
    name: `outputs of ${name}`,
    text: JSON.stringify({ outputs, environmentUrl, reason }),
  }));
  const steps = result.jobs.flatMap((job) =>
    job.steps.flatMap((step) => [
      { name: `raw log of ${job.id}/${step.name}`, text: writtenBy(step) },
      { name: `log of ${job.id}/${step.name}`, text: step.log.join('\n') },
      { name: `summary of ${job.id}/${step.name}`, text: step.summary },
      { name: `annotations of ${job.id}/${step.name}`, text: JSON.stringify(step.annotations) },
    ]),
  );
  return [
    ...jobs,
    ...steps,
    { name: 'artifacts', text: JSON.stringify(result.artifacts) },
    { name: 'errors', text: result.errors.join('\n') },
  ];
}

/** Arguments of every terraform, helm and kubectl that was started. */
export async function commandLines(rehearsal: Rehearsal): Promise<Place[]> {
  return (await rehearsal.recorder.calls()).map(({ tool, argv }) => ({ name: `argv of ${tool} ${argv[0] ?? ''}`, text: argv.join('\n') }));
}

/** What is in the plan files that were seen. */
export function plans({ plans: seen }: Witness): Place[] {
  return [...seen].flatMap(([file, zipped]) =>
    Object.entries(unzipSync(zipped)).map(([name, bytes]) => ({ name: `${file}/${name}`, text: Buffer.from(bytes).toString('latin1') })),
  );
}
