import type { Inputs } from '../phases/inputs.js';
import type { Outputs } from '../phases/outputs.js';
import type { Show } from '../phases/plan.js';
import type { Secrets } from '../phases/secrets.js';
import { reviewName, writePlanJson } from '../report/plan-json.js';
import { fingerprintKey, type FingerprintKey } from '../review/fingerprint.js';
import type { Run } from '../run.js';
import { delegationOf } from '../verify/zone.js';

/** Never changes while the deployment lives. */
const KEY_SECRET = 'langsmith-api-key-salt';

/** The key of the plan's fingerprint: from the vault as soon as it holds what never changes. */
export const planKey = (inputs: Inputs, { values, origins }: Secrets): FingerprintKey =>
  fingerprintKey(inputs, origins.get(KEY_SECRET) === 'vault' ? values.get(KEY_SECRET) : undefined);

/** Where a review goes as soon as it is known. */
export const show =
  ({ findings }: Run, inputs: Inputs): Show =>
  async (review) => {
    findings.review = review;
    findings.planJson = await writePlanJson(inputs.temporaryDirectory, reviewName(review), review);
  };

/** One line for log and step summary. */
export const describeOutputs = (outputs: Outputs): string => {
  const zone = outputs.dns_zone_name === '' ? '' : `; ${delegationOf(outputs.dns_zone_name, outputs.dns_nameservers)}`;
  return `${Object.keys(outputs).length} outputs; LangSmith will answer at ${outputs.langsmith_url}${zone}`;
};
