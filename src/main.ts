import { toDeployError } from './errors.js';
import { GitHubRunner } from './github-runner.js';
import { passOnSignals } from './interrupt.js';
import { PhaseRunner } from './phase.js';
import { secretInputValues } from './phases/inputs.js';
import { outputsOf, summaryMarkdown, type RunReport } from './phases/report.js';
import { deploy, type Findings } from './pipeline.js';
import { PrivateDirectory } from './private-directory.js';

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
    command: environment['INPUT_COMMAND'] ?? '',
    pass: environment['INPUT_PASS'] ?? '',
    topology: environment['INPUT_TOPOLOGY'] ?? '',
    environment: environment['INPUT_ENVIRONMENT'] ?? '',
    phases: phases.results,
    ...findings,
  };
  runner.setOutputs(outputsOf(report));
  await runner.writeSummary(summaryMarkdown(report));
  runner.save('finished', 'true');
}
