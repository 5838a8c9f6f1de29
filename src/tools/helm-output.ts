import { parseAllDocuments, stringify } from 'yaml';

/** A row of `helm list`. */
export interface ReleaseSummary {
  readonly name: string;
  readonly revision: number;
  readonly status: string;
  /** `<name>-<version>` as Helm joins them. */
  readonly chart: string;
}

/** A row of `helm list --all-namespaces`. */
export interface ReleaseInNamespace extends ReleaseSummary {
  readonly namespace: string;
}

/** A row of `helm history`. */
export type Revision = Omit<ReleaseSummary, 'name'>;

export interface HelmHook {
  readonly name: string;
  readonly kind: string;
  readonly manifest: string;
  /** `Succeeded`, `Failed`, `Running`, `Unknown`, or '' when it did not run. */
  readonly phase: string;
}

/** A release as `helm upgrade --output json` prints it. */
export interface HelmRelease {
  readonly name: string;
  readonly revision: number;
  readonly status: string;
  readonly manifest: string;
  readonly hooks: readonly HelmHook[];
}

interface WireRow {
  readonly name: string;
  readonly namespace: string;
  readonly revision: string;
  readonly status: string;
  readonly chart: string;
}

const rowOf = ({ name, revision, status, chart }: WireRow): ReleaseSummary => ({ name, revision: Number(revision), status, chart });

export const decodeList = (text: string): ReleaseSummary[] => (JSON.parse(text) as WireRow[]).map(rowOf);

export const decodeListEverywhere = (text: string): ReleaseInNamespace[] =>
  (JSON.parse(text) as WireRow[]).map((row) => ({ ...rowOf(row), namespace: row.namespace }));

export function decodeHistory(text: string): Revision[] {
  const rows = JSON.parse(text) as { revision: number; status: string; chart: string }[];
  return rows.map(({ revision, status, chart }) => ({ revision, status, chart }));
}

interface WireRelease {
  readonly name: string;
  readonly version: number;
  readonly info?: { readonly status?: string };
  readonly manifest?: string;
  readonly hooks?: readonly {
    readonly name: string;
    readonly kind: string;
    readonly manifest: string;
    readonly last_run?: { readonly phase?: string };
  }[];
}

/** Lines before the JSON (Helm prints warnings of the API server there) are skipped. */
export function decodeRelease(text: string): HelmRelease {
  const release = JSON.parse(text.slice(text.indexOf('{'))) as WireRelease;
  const hooks = (release.hooks ?? []).map((hook) => ({
    name: hook.name,
    kind: hook.kind,
    manifest: hook.manifest,
    phase: hook.last_run?.phase ?? '',
  }));
  return { name: release.name, revision: release.version, status: release.info?.status ?? '', manifest: release.manifest ?? '', hooks };
}

/**
 * What `helm template` prints, as the release it would make. Hooks are told by their annotation, as Helm tells them.
 * Its revision is 0: it is in no cluster.
 */
export function decodeTemplate(name: string, text: string): HelmRelease {
  const objects = parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0] ?? new Error('not YAML');
    const object = document.toJS() as { kind?: string; metadata?: { name?: string; annotations?: Record<string, string> } } | null;
    return object === null ? [] : [object];
  });
  const isHook = ({ metadata }: (typeof objects)[number]): boolean => metadata?.annotations?.['helm.sh/hook'] !== undefined;
  const hooks = objects.filter(isHook).map((object) => ({
    name: object.metadata?.name ?? '',
    kind: object.kind ?? '',
    manifest: stringify(object),
    phase: '',
  }));
  const manifest = objects.filter((object) => !isHook(object)).map((object) => `---\n${stringify(object)}`);
  return { name, revision: 0, status: '', manifest: manifest.join(''), hooks };
}
