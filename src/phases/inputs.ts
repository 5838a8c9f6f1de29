export type Command = 'plan' | 'apply';
export type Pass = 1 | 2;
export type Topology = 'light';

/** Where the LangSmith chart comes from. */
export type ChartSource =
  /** Chart repository URL plus chart name; the version is exact. */
  | { readonly kind: 'repository'; readonly url: string; readonly name: string; readonly version: string }
  /** `oci://host/path`; the version is exact. */
  | { readonly kind: 'oci'; readonly reference: string; readonly version: string }
  /** A `.tgz` or an unpacked chart on disk; its own Chart.yaml says the version. */
  | { readonly kind: 'path'; readonly path: string };

/** Secrets a user may pass on the first run (or to rotate). Never logged, never in argv, never in an environment of a child. */
export interface SecretInputs {
  readonly licenseKey?: string;
  readonly adminPassword?: string;
  readonly adminEmail?: string;
  readonly postgresPassword?: string;
}

/** The action's inputs as one read-only value. */
export interface Inputs {
  readonly command: Command;
  readonly pass: Pass;
  readonly topology: Topology;
  /** Absolute path of the user's terraform.tfvars (or .tfvars.json). */
  readonly configFile: string;
  /** Values in `configFile`, as JSON. */
  readonly config: Readonly<Record<string, unknown>>;
  /** GitHub environment name: names the deployment in reports and in the state key. */
  readonly environment: string;
  readonly clientId: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly stateAccount: string;
  readonly stateContainer: string;
  readonly stateKey: string;
  /** Id of a dead run's state lock to break, or ''. */
  readonly breakLock: string;
  readonly chart: ChartSource;
  /** Bound of each Helm hook and of each wait, in minutes. */
  readonly timeoutMinutes: number;
  readonly secrets: SecretInputs;
  /** Root of the action's own checkout (holds terraform/ and helm/). */
  readonly actionRoot: string;
  /** Private to the job, emptied by the runner. */
  readonly temporaryDirectory: string;
}
