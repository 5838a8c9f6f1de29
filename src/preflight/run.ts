import type { Inputs } from '../phases/inputs.js';
import { describeChecks, type Check } from './check.js';
import { demandNoBlocker, examine } from './preflight.js';
import type { Run } from '../run.js';
import type { Exec } from '../tools/exec.js';

/** Everything asked, nothing changed: one report, and a failure only for what would make a deployment fail. */
export async function runPreflight(
  { runner, phases, privateDirectory, findings, environment }: Run,
  inputs: Inputs,
  exec: Exec,
): Promise<void> {
  const look = async (): Promise<readonly Check[]> => {
    findings.checks = await examine(inputs, {
      exec,
      log: runner,
      privateDirectory,
      getIdToken: (audience) => runner.getIdToken(audience),
      mask: (value) => {
        runner.mask(value);
      },
      repository: environment['GITHUB_REPOSITORY'] ?? '',
    });
    demandNoBlocker(findings.checks);
    return findings.checks;
  };
  await phases.run('preflight', look, describeChecks);
}
