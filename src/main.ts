import { messageOf, toDeployError } from './errors.js';
import { GitHubRunner } from './github-runner.js';
import { passOnSignals } from './interrupt.js';
import { PhaseRunner } from './phase.js';
import { inputText, secretInputValues } from './phases/inputs.js';
import { outputsOf, summaryMarkdown, type RunReport } from './phases/report.js';
import { deploy } from './pipeline.js';
import { writeComment } from './report/write-comment.js';
import { PrivateDirectory } from './private-directory.js';
import type { Findings } from './run.js';

/**
 * The main step: runs the pipeline, then reports whatever happened. Sets the exit code; never throws.
 * @param environment the runner's environment, inputs included.
 * @param actionRoot the action's own checkout.
 */
export async function main(environment: Readonly<Record<string, string | undefined>>, actionRoot: string): Promise<void> {
  const runner = new GitHubRunner();
  passOnSignals(() => {
    runner.interrupt();
  });
  for (const value of secretInputValues(environment)) runner.mask(value);
  const phases = new PhaseRunner(runner);
  const findings: Findings = {};
  let directory: PrivateDirectory | undefined;
  try {
    directory = await PrivateDirectory.create(environment['RUNNER_TEMP'] ?? '.', (path) => {
      runner.save('directory', path);
    });
    await deploy({ environment, actionRoot, runner, phases, privateDirectory: directory, findings });
  } catch (thrown) {
    findings.failure = toDeployError(thrown);
    runner.debug(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
    runner.fail(findings.failure);
  } finally {
    await directory?.remove();
  }
  const report: RunReport = {
    command: inputText(environment, 'command'),
    pass: inputText(environment, 'pass'),
    topology: inputText(environment, 'topology'),
    environment: inputText(environment, 'environment'),
    phases: phases.results,
    ...findings,
  };
  runner.setOutputs(outputsOf(report));
  if (inputText(environment, 'comment') !== 'never')
    await writeComment(report, environment, inputText(environment, 'github-token'), runner);
  runner.save('finished', 'true');
  await runner.writeSummary(summaryMarkdown(report)).catch((error: unknown) => {
    runner.warning(`the step summary could not be written: ${messageOf(error)}`, 'report');
  });
}
