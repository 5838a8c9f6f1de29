/** One input of the action, as `action.yml`, `deploy/action.yml` and the README show it (all three are generated from here). */
export interface InputDefinition {
  readonly description: string;
  readonly default?: string;
  readonly required?: boolean;
  /** Holds a secret: masked at once, never logged. */
  readonly secret?: boolean;
}

export const INPUTS = {
  command: {
    description:
      'What to do: `preflight` asks Azure and GitHub whether everything a deployment needs is there, `plan` shows what would change, `apply` changes it and verifies the result, `verify` only looks whether what is deployed is all there and answers, `drift` looks whether Azure and the cluster are still what the configuration says and keeps an issue about it, `destroy` removes all of it.',
    default: 'plan',
  },
  pass: {
    description:
      'Which pass: `1` infrastructure, `2` the LangSmith chart, `3` LangGraph Platform, `4` Agent Builder, `5` Insights. Passes from 2 on include the ones before. **Required**, but for `preflight` and `destroy`; `verify` looks at what is deployed, and at no less than the pass given; `drift` looks at pass 1 and at the pass given, the one your deployment is at.',
    default: '',
  },
  topology: {
    description: 'What stands where: `light` keeps PostgreSQL and Redis in the cluster, `production` makes them private services of Azure.',
    default: 'light',
  },
  config: {
    description: 'Path of your `terraform.tfvars` (or `.tfvars.json`) in the workspace: everything that is not a secret.',
    required: true,
  },
  environment: {
    description: 'Name of the deployment; normally the GitHub environment of the job. Part of the state key and of every report.',
    default: 'production',
  },
  'client-id': { description: 'Client id of the Entra application or managed identity that deploys.', required: true },
  'tenant-id': { description: 'Entra tenant id.', required: true },
  'subscription-id': { description: 'Azure subscription id.', required: true },
  'state-account': { description: 'Storage account that holds the Terraform state.', required: true },
  'state-container': { description: 'Blob container that holds the Terraform state.', default: 'tfstate' },
  'state-key': { description: 'Name of the state blob. Empty: `langsmith-azure/<environment>/infra.tfstate`.', default: '' },
  'bootstrap-state': {
    description:
      '`true`: `apply` first creates the storage account and container of the state where they are missing, private and versioned. It refuses an account that is not safe.',
    default: 'false',
  },
  'state-resource-group': { description: 'Resource group of the state account; only `bootstrap-state` asks.', default: 'langsmith-state' },
  'confirm-destroy': {
    description: 'Only for `destroy`: the name of the deployment once more, exactly as in `environment`. Without it nothing is touched.',
    default: '',
  },
  'break-lock': {
    description: 'Id of a state lock to break, as the failure `state-locked` prints it. Only for a run that is dead.',
    default: '',
  },
  'approve-irreversible': {
    description:
      'Addresses of stateful resources that this apply may destroy, replace or upgrade to a new major version, one per line, as the failure `provision-guarded` prints them; features that may be lost with all they hold: `deployments`, `agent-builder`, `insights`, `polly`; and data that may be left behind when a store moves into the cluster or out of it: `postgres-data`, `clickhouse-data`.',
    default: '',
  },
  'deploy-path': {
    description:
      'Who puts things into the cluster from pass 2 on: `helm`, or `terraform`, which keeps them in a state of their own beside that of pass 1. Both deploy the same objects, and either takes over from the other.',
    default: 'helm',
  },
  fingerprint: {
    description:
      'For `apply`: the output `fingerprint` of the plan that was approved. The apply plans again and touches nothing when what would change is not the same.',
    default: '',
  },
  'allow-drift': {
    description:
      'With `fingerprint`: differences from the approved plan to let through, one per line: a Terraform address or kind and name of an object, if need be with a space and an attribute, `*` for any text.',
    default: '',
  },
  comment: {
    description:
      '`auto`: `plan` keeps one comment per environment on a pull request (needs `pull-requests: write`), and `drift` one issue per environment (needs `issues: write`). `never`: neither.',
    default: 'auto',
  },
  chart: {
    description: 'The LangSmith chart: a repository URL, an `oci://` reference, a `.tgz` or a directory. Empty: the vendor repository.',
    default: '',
  },
  'chart-version': { description: 'Exact chart version. Empty: the version this release was verified with.', default: '' },
  values: {
    description:
      'Values files of your own for the LangSmith chart, paths in the workspace, one per line. They are merged last, in order; keys the chart does not read and keys this action owns are refused.',
    default: '',
  },
  'timeout-minutes': {
    description:
      'Bound of each wait for the cluster and of each Helm hook, in minutes; may be a fraction such as `0.5` for a `verify` that asks whether all is well now. Migrations of a large database may need more than 20. From pass 4 on each hook has at least 30: on a cold cluster, registering agents takes that long.',
    default: '20',
  },
  'license-key': { description: 'LangSmith license key. First run only; afterwards it is read from Key Vault.', default: '', secret: true },
  'admin-password': {
    description: 'Password of the first administrator: 12 or more characters with lower case, upper case and a symbol. First run only.',
    default: '',
    secret: true,
  },
  'admin-email': { description: 'E-mail address of the first administrator. First run only.', default: '', secret: true },
  'postgres-password': { description: 'Administrator password of an external PostgreSQL. First run only.', default: '', secret: true },
  'clickhouse-password': {
    description: 'Password of an external ClickHouse, required with `clickhouse_source = "external"`. First run only.',
    default: '',
    secret: true,
  },
  'github-token': {
    description:
      'Token with which `preflight` reads the environment and the OIDC settings of the repository (`actions: read`), with which the plan is written to the pull request (`pull-requests: write`) and drift to its issue (`issues: write`).',
    default: '${{ github.token }}',
    secret: true,
  },
  'terraform-version': { description: 'Terraform to install when none is on PATH (1.11 or newer).', default: '1.11.4' },
  'helm-version': { description: 'Helm to install when none is on PATH (3.17 or newer, or 4).', default: '4.1.4' },
  'kubectl-version': { description: 'kubectl to install when none is on PATH.', default: '1.35.2' },
} as const satisfies Record<string, InputDefinition>;

export type InputName = keyof typeof INPUTS;

export interface OutputDefinition {
  readonly description: string;
}

export const OUTPUTS = {
  'has-changes': { description: '`true` when there is (plan) or was (apply) something to change.' },
  changes: {
    description:
      'Counts of what changes as JSON, Terraform resources in pass 1 and with `deploy-path: terraform`, otherwise objects of the release: `{"add":0,"change":0,"destroy":0,"replace":0}`.',
  },
  destructive: { description: '`true` when something would be or was destroyed, replaced or taken away.' },
  fingerprint: {
    description: 'One word for everything that would change, secret values included and none of them in it. For the input of that name.',
  },
  'plan-json': {
    description: 'Path of a JSON file in `RUNNER_TEMP` with the review of the plan, or with what `drift` found; it holds no secret.',
  },
  drifted: {
    description:
      '`true` when `drift` found that something is not what the configuration says, `false` when nothing is; empty when a run that did not see everything found nothing.',
  },
  'drift-count': { description: 'How many resources and objects `drift` found to differ; what services manage is not counted.' },
  'issue-url': { description: 'Page of the issue that `drift` opened, updated or closed; empty when there is none.' },
  'langsmith-url': { description: 'Where LangSmith answers, once pass 1 stands.' },
  'release-revision': { description: 'Helm revision of the LangSmith release after pass 2.' },
  verified: { description: '`true` when everything the pass promises was seen running.' },
  verification: {
    description: 'What was looked at after pass 2 and later, as JSON: `[{"kind","name","status","wanted","ready","identity","detail"}]`.',
  },
  leftovers: { description: 'What `destroy` left behind, as JSON: `[{"kind","name","detail","fix"}]`.' },
  preflight: { description: 'What `preflight` found, as JSON: `[{"check","status","detail","fix"}]`, blockers first.' },
  'failure-reason': { description: 'Why the run failed, from the closed list in the README; empty when it did not.' },
} as const satisfies Record<string, OutputDefinition>;

export type OutputName = keyof typeof OUTPUTS;
