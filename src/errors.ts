/**
 * The closed list of why a run can fail. The prefix is the phase. `title` heads the annotation; `fix` is the remedy when the
 * place that threw knows no better one. Each reason has an integration test and a row in the README (generated from here).
 */
export const FAILURE_REASONS = {
  'inputs-invalid': { title: 'The inputs are wrong', fix: 'Correct every line listed and run again; nothing was touched.' },
  'tools-missing': { title: 'A tool is missing', fix: 'Install it on the runner, or let the runner reach the vendor named below.' },
  'tools-outdated': {
    title: 'A tool is too old',
    fix: 'Put a newer one first on PATH, or take it off PATH so that the action installs its own.',
  },
  'login-token': {
    title: 'GitHub gave no OIDC token',
    fix: 'Grant the job `permissions: id-token: write` (the calling workflow must grant it too).',
  },
  'login-unreachable': {
    title: 'Microsoft Entra cannot be reached',
    fix: 'Let the runner reach login.microsoftonline.com on port 443 and run again.',
  },
  'login-federation': {
    title: 'Entra does not trust this workflow',
    fix: 'Add the federated credential named below to the deploying identity.',
  },
  'login-refused': {
    title: 'Entra refused the login',
    fix: 'Check client-id and tenant-id against the app registration or managed identity.',
  },
  'login-subscription': {
    title: 'The subscription cannot be used',
    fix: 'Check subscription-id, and that the identity has a role on that subscription.',
  },
  'state-unreachable': {
    title: 'The Terraform state cannot be read',
    fix: 'Check state-account and state-container, and that the runner may reach the storage account.',
  },
  'state-forbidden': {
    title: 'The identity may not read the Terraform state',
    fix: 'Grant it Storage Blob Data Contributor on the state container.',
  },
  'state-unsafe': {
    title: 'The state account is not safe to use',
    fix: 'Correct the settings named below, or choose another state-account.',
  },
  'state-locked': {
    title: 'Another run holds the Terraform state',
    fix: 'Wait for that run. If it is dead, run once more with the input break-lock set to the lock id.',
  },
  'secrets-missing': {
    title: 'A secret is missing',
    fix: 'Pass the named inputs once; they are stored in Key Vault and never asked again.',
  },
  'secrets-forbidden': { title: 'The identity may not read the secrets', fix: 'Grant it Key Vault Secrets Officer on the vault.' },
  'secrets-firewall': {
    title: 'The Key Vault firewall refuses this runner',
    fix: 'Add the runner address to keyvault_allowed_ips, or run inside the VNet.',
  },
  'secrets-unreadable': {
    title: 'Azure gave no clear answer about a secret',
    fix: 'Run again when Azure answers; nothing was generated or changed.',
  },
  'secrets-lost': {
    title: 'A secret that was written is gone',
    fix: 'Recover it in Key Vault (soft delete keeps it). A new value would make stored data unreadable.',
  },
  'provision-invalid': {
    title: 'Terraform refuses the configuration',
    fix: 'Correct the values in the configuration file as Terraform says.',
  },
  'provision-guarded': {
    title: 'The plan would destroy something that cannot be had back',
    fix: 'Change the configuration so that it stays. If you mean it, list the addresses above in the input approve-irreversible.',
  },
  'provision-failed': {
    title: 'Azure refused part of the infrastructure',
    fix: 'Mend the cause and run again: Terraform resumes where it stopped.',
  },
  'plan-guarded': {
    title: 'The plan would leave data behind',
    fix: 'Leave the store where it is. If you mean it, move its data as docs/moving-data.md says, then name it in the input approve-irreversible.',
  },
  'plan-changed': {
    title: 'What would change is not what was approved',
    fix: 'Nothing was touched. Plan again and approve what it shows now: re-run all jobs of this run, not only the failed one, or start a new run. Drift that you expect, name in the input allow-drift.',
  },
  'outputs-incomplete': { title: 'The infrastructure outputs are not complete', fix: 'Run pass 1 with command apply first.' },
  'cluster-unreachable': {
    title: 'The cluster cannot be reached',
    fix: 'Check that the cluster runs and that its API server admits this runner (aks_authorized_ip_ranges).',
  },
  'cluster-forbidden': {
    title: 'The identity may not use the cluster',
    fix: 'Grant it Azure Kubernetes Service RBAC Cluster Admin on the cluster (pass 1 does).',
  },
  'platform-failed': { title: 'A platform add-on did not come up', fix: 'See the pods and events listed; mend the cause and run again.' },
  'values-invalid': { title: 'The chart values are wrong', fix: 'Correct every line listed and run again; the cluster was not touched.' },
  'release-chart': {
    title: 'The chart cannot be fetched',
    fix: 'Check the inputs chart and chart-version, and that the runner reaches the repository.',
  },
  'release-failed': { title: 'The release failed', fix: 'See the diagnosis; mend the cause and run again: the release rolls forward.' },
  'verify-failed': {
    title: 'The deployment is not what the pass promises',
    fix: 'See the rows marked failed; run again once they are mended.',
  },
  'destroy-blocked': {
    title: 'Something does not let itself be deleted',
    fix: 'Release what is named below from what holds it and run again: destroy goes on where it stopped.',
  },
  'preflight-blocked': {
    title: 'A deployment would fail',
    fix: 'Mend every blocker listed and run preflight again; nothing was changed.',
  },
  'run-interrupted': { title: 'The run was stopped', fix: 'Run again: every phase resumes where it stopped.' },
  'internal-error': { title: 'This is a bug in langsmith-azure', fix: 'Report it with the log of this step.' },
} as const satisfies Record<string, { title: string; fix: string }>;

export type FailureReason = keyof typeof FAILURE_REASONS;

/** A failure that ends the run: why (closed list), what happened, and what to do about it. Its texts never hold a secret. */
export class DeployError extends Error {
  readonly reason: FailureReason;
  /** One or more lines: what was tried and what came back. */
  readonly detail: string;
  /** What the user does next. */
  readonly fix: string;

  constructor(reason: FailureReason, detail: string, options: { fix?: string; cause?: unknown } = {}) {
    super(`${FAILURE_REASONS[reason].title}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DeployError';
    this.reason = reason;
    this.detail = detail;
    this.fix = options.fix ?? FAILURE_REASONS[reason].fix;
  }
}

/** Any thrown value as a DeployError; what nobody foresaw is `internal-error`. */
export function toDeployError(thrown: unknown): DeployError {
  if (thrown instanceof DeployError) return thrown;
  return new DeployError('internal-error', messageOf(thrown), { cause: thrown });
}

/** The message of any thrown value, with those of its causes. */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? '' : messageOf(thrown.cause);
  return cause === '' || thrown.message.includes(cause) ? thrown.message : `${thrown.message}: ${cause}`;
}
