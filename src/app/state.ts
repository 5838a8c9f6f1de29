/** What the state of `terraform/app` says was written last. */
export interface AppState {
  /** Addresses of everything in it. */
  readonly addresses: ReadonlySet<string>;
  /** Kubernetes Secret → number under which its data was written. */
  readonly secretRevisions: ReadonlyMap<string, number>;
  /** Number under which the secret values of the LangSmith release were handed over; undefined when the release is not in the state. */
  readonly valuesRevision: number | undefined;
}

interface StateResource {
  readonly address: string;
  readonly type: string;
  readonly index?: unknown;
  readonly values: Readonly<Record<string, unknown>>;
}

export const LANGSMITH = 'helm_release.langsmith';

export const addressOfSecret = (name: string): string => `kubernetes_secret_v1.langsmith["${name}"]`;

/** Reads `terraform show -json` of `terraform/app`, which has no modules; an empty state has no `values`. */
export function readAppState(json: unknown): AppState {
  const { values } = json as { values?: { root_module?: { resources?: readonly StateResource[] } } };
  const resources = values?.root_module?.resources ?? [];
  const secrets = resources.filter((resource) => resource.type === 'kubernetes_secret_v1');
  const langsmith = resources.find(({ address }) => address === LANGSMITH);
  return {
    addresses: new Set(resources.map(({ address }) => address)),
    secretRevisions: new Map(secrets.map(({ index, values: secret }) => [String(index), Number(secret['data_wo_revision'] ?? 0)])),
    valuesRevision: langsmith === undefined ? undefined : Number(langsmith.values['set_wo_revision'] ?? 0),
  };
}

/** `…/infra.tfstate` → `…/app.tfstate`; any other name gets `-app` before its end. */
export const appStateKey = (stateKey: string): string =>
  /(^|\/)infra\.tfstate$/.test(stateKey)
    ? stateKey.replace(/infra\.tfstate$/, 'app.tfstate')
    : `${stateKey.replace(/\.tfstate$/, '')}-app.tfstate`;
