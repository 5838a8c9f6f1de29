import { DeployError } from '../errors.js';
import type { Inputs } from '../phases/inputs.js';
import {
  describeDifference,
  type Fingerprint,
  type FingerprintDifference,
  fingerprintDifferences,
  isDone,
  shortFingerprint,
  unexpected,
} from './fingerprint.js';

/** Differences listed in a failure; more than this nobody reads. */
const MOST_LISTED = 40;

/**
 * Holds a plan against the one that was approved. A job that runs again and finds nothing left to do is as approved: its earlier attempt
 * did all of it and failed afterwards, while it verified.
 * @param hasChanges whether there is anything to do.
 * @returns the differences that `allow-drift` let through, in words.
 * @throws DeployError `plan-changed` naming every other one by address and attribute, never by value.
 */
export function demandApproved(
  planned: Fingerprint,
  { approvedPlan, allowedDrift, isRerun }: Pick<Inputs, 'approvedPlan' | 'allowedDrift' | 'isRerun'>,
  hasChanges: boolean,
): string[] {
  if (approvedPlan === undefined) return [];
  const differences = fingerprintDifferences(approvedPlan, planned);
  if (isRerun && !hasChanges && differences.every(isDone)) return [];
  const refused = unexpected(differences, allowedDrift);
  if (refused.length === 0) return differences.map(describeDifference);
  const lines = refused.slice(0, MOST_LISTED).map((difference) => `- ${describeDifference(difference)}`);
  const rest = refused.length > MOST_LISTED ? [`- and ${refused.length - MOST_LISTED} more`] : [];
  const key =
    approvedPlan.source === planned.source
      ? []
      : ['The approved plan was made before the deployment had a Key Vault, or this one is made without it; plan again.'];
  const identity = refused.some(isDeployersRole)
    ? ['The plan was made by another identity than the one that applies it: give both GitHub environments the same AZURE_CLIENT_ID.']
    : [];
  throw new DeployError(
    'plan-changed',
    [`approved: ${shortFingerprint(approvedPlan)}, now: ${shortFingerprint(planned)}`, ...key, ...identity, ...lines, ...rest].join('\n'),
  );
}

/** The roles that pass 1 gives to whoever runs it. */
const isDeployersRole = ({ id, attribute }: FingerprintDifference): boolean =>
  attribute === 'principal_id' && /\.azurerm_role_assignment\.deployer_/.test(id);
