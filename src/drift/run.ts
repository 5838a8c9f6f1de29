import { toDeployError } from '../errors.js';
import { describeDrift, tellDrift } from '../phases/drift.js';
import { inputText, type Inputs } from '../phases/inputs.js';
import { decodeOutputs } from '../phases/outputs.js';
import type { Planned } from '../phases/plan.js';
import type { Infrastructure } from '../phases/state.js';
import { writePlanJson } from '../report/plan-json.js';
import type { Findings, Run } from '../run.js';
import { type ClusterPlan, type DriftReport, type Half, type Seen, seeCluster, seeInfrastructure } from './drift.js';

/** The plans of a deployment, as the command `plan` makes them. */
export interface Passes {
  /** @param onPlan sees `terraform show -json <plan>`. */
  readonly infrastructure: (run: Run, inputs: Inputs, onPlan: (plan: unknown) => void) => Promise<void>;
  readonly langSmith: (run: Run, inputs: Inputs) => Promise<Planned | undefined>;
}

/**
 * Two plans, of pass 1 and of the pass the deployment is at, and then the phase `drift`, which says what both found. A run that fails on
 * its way says what it knows all the same, and then fails for its own reason.
 * @throws what the plans throw.
 */
export async function runDrift(run: Run, inputs: Inputs, infrastructure: Infrastructure, passes: Passes): Promise<void> {
  const { phases, runner, findings, environment } = run;
  // Nothing that was never deployed can drift, and a plan of everything is no news.
  if (!infrastructure.exists)
    await phases.run(
      'outputs',
      async () => decodeOutputs(infrastructure.outputs),
      () => '',
    );
  const seen: Partial<Record<Half, Seen>> = {};
  const look = async (half: Half, see: (part: Run) => Promise<void>): Promise<Failed | undefined> => {
    // What a plan finds is shown by this run in its own way.
    const part: Findings = {};
    try {
      await see({ ...run, findings: part });
      return undefined;
    } catch (thrown) {
      return { half, error: toDeployError(thrown) };
    } finally {
      if (part.url !== undefined) findings.url = part.url;
    }
  };
  const failed =
    (await look('infrastructure', async (part) => {
      await passes.infrastructure(part, { ...inputs, command: 'plan', pass: 1 }, (plan) => {
        seen.infrastructure = seeInfrastructure(plan);
      });
    })) ??
    (inputs.pass === 1
      ? undefined
      : await look('cluster', async (part) => {
          const planned = await passes.langSmith(part, { ...inputs, command: 'plan' });
          if (planned !== undefined) seen.cluster = seeCluster(inCluster(planned));
        }));
  // A run that is told to stop says nothing; neither does one that saw nothing.
  const isSilent = failed !== undefined && (failed.error.reason === 'run-interrupted' || Object.keys(seen).length === 0);
  if (!isSilent) {
    const drift: DriftReport = {
      environment: inputs.environment,
      seen,
      ...(failed === undefined ? {} : { unseen: { half: failed.half, reason: failed.error.reason } }),
    };
    const tools = {
      environment,
      token: inputs.githubToken,
      writes: inputText(environment, 'comment') !== 'never',
      log: runner,
    };
    findings.drift = await phases.run('drift', () => tellDrift(drift, tools), describeDrift);
    findings.planJson = await writePlanJson(inputs.temporaryDirectory, `langsmith-drift-${inputs.environment}`, drift);
  }
  if (failed !== undefined) throw failed.error;
}

/** A plan that changes nothing always has both. */
const inCluster = ({ review, drifted, unanswered }: Planned): ClusterPlan => ({
  review: review ?? { roots: [], notes: [], hasChanges: false },
  drifted,
  blind: unanswered,
});

interface Failed {
  readonly half: Half;
  readonly error: ReturnType<typeof toDeployError>;
}
