import { DeployError } from '../errors.js';
import type { Cluster } from '../kubernetes/cluster.js';
import { diagnose } from '../kubernetes/diagnosis.js';
import type { Inputs } from '../phases/inputs.js';
import type { Session } from '../phases/login.js';
import type { Outputs } from '../phases/outputs.js';
import { explainState } from '../phases/state.js';
import { TerraformError } from '../tools/terraform.js';

/** Why Terraform could not plan or apply `terraform/app`: with what the cluster says, once something was done to it. */
export async function explainApp(error: unknown, cluster: Cluster, inputs: Inputs, session: Session, outputs: Outputs): Promise<unknown> {
  const explained = explainState(error, inputs, session);
  if (!(explained instanceof TerraformError)) return explained;
  const diagnosis = explained.command === 'apply' ? await diagnose(cluster, outputs.langsmith_namespace, explained.message) : '';
  return new DeployError('release-failed', `${cluster.redact(explained.message)}\n${diagnosis}`.trim(), { cause: error });
}
