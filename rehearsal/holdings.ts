import { Observer } from './observe.js';
import type { Rehearsal } from './rehearsal.js';

/** What a deployment made, by name; each value changes when the thing does, and none gives a secret away. */
export interface Holdings {
  /** Terraform's resources, outputs and state serials. */
  readonly resources: ReadonlyMap<string, string>;
  /** Revision and status of each Helm release. */
  readonly releases: ReadonlyMap<string, string>;
  /** Newest version of each Key Vault secret. */
  readonly secrets: ReadonlyMap<string, string>;
}

interface State {
  readonly serial: number;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly resources: readonly {
    readonly module?: string;
    readonly mode: string;
    readonly type: string;
    readonly name: string;
    readonly instances: readonly { readonly index_key?: string | number; readonly attributes: unknown }[];
  }[];
}

function inState(name: string, state: State): [string, string][] {
  const managed = state.resources.filter(({ mode }) => mode === 'managed');
  const resources = managed.flatMap(({ module, type, name: label, instances }) =>
    instances.map(({ index_key: key, attributes }): [string, string] => {
      const address = [...(module === undefined ? [] : [module]), type, label].join('.');
      return [`resource ${address}${key === undefined ? '' : `[${JSON.stringify(key)}]`}`, JSON.stringify(attributes)];
    }),
  );
  const outputs = Object.entries(state.outputs).map(([output, value]): [string, string] => [`output ${output}`, JSON.stringify(value)]);
  return [...resources, ...outputs, [`serial of ${name}`, String(state.serial)]];
}

async function resources({ hosts, tenant }: Rehearsal): Promise<Map<string, string>> {
  const blobs = await hosts.blobs.contents(tenant.stateAccount, tenant.stateContainer);
  const states = [...blobs].filter(([, content]) => content.trimStart().startsWith('{'));
  return new Map(states.flatMap(([name, content]) => inState(name, JSON.parse(content) as State)));
}

/** From the release records themselves, so that failed and pending releases count, too. */
async function releases(rehearsal: Rehearsal): Promise<Map<string, string>> {
  const observer = await Observer.of(rehearsal);
  if (observer === undefined) return new Map();
  const columns = 'NS:.metadata.namespace,NAME:.metadata.labels.name,REVISION:.metadata.labels.version,STATUS:.metadata.labels.status';
  const table = await observer.kubectl('get', 'secrets', '-A', '-l', 'owner=helm', '--no-headers', '-o', `custom-columns=${columns}`);
  const newest = new Map<string, { revision: number; status: string }>();
  for (const [namespace, name, revision, status = ''] of table.split('\n').map((line) => line.trim().split(/\s+/))) {
    if (name === undefined) continue;
    const release = `Helm release ${namespace}/${name}`;
    if (Number(revision) > (newest.get(release)?.revision ?? 0)) newest.set(release, { revision: Number(revision), status });
  }
  return new Map([...newest].map(([release, { revision, status }]) => [release, `revision ${revision}, ${status}`]));
}

function secrets({ world }: Rehearsal): Map<string, string> {
  const versions = [...world.vaults.live.values()].flatMap((vault) =>
    [...vault.secrets].map(([name, all]): [string, string] => [`secret ${vault.name}/${name}`, all.at(-1)?.version ?? '']),
  );
  return new Map(versions);
}

/** What stands in a rehearsal's world at this moment. */
export async function holdingsOf(rehearsal: Rehearsal): Promise<Holdings> {
  return { resources: await resources(rehearsal), releases: await releases(rehearsal), secrets: secrets(rehearsal) };
}

/** One line for each thing that is new, gone or different; none when both are the same. */
export function changesBetween(before: Holdings, after: Holdings): string[] {
  const kinds = [
    { of: 'resources', shown: false },
    { of: 'releases', shown: true },
    { of: 'secrets', shown: false },
  ] as const;
  return kinds.flatMap(({ of, shown }) =>
    [...new Set([...before[of].keys(), ...after[of].keys()])].sort().flatMap((name) => {
      const [old, now] = [before[of].get(name), after[of].get(name)];
      if (old === now) return [];
      if (old === undefined) return [`${name}: new${shown ? `, ${now ?? ''}` : ''}`];
      if (now === undefined) return [`${name}: gone`];
      return [`${name}: ${shown || name.startsWith('serial ') ? `${old} -> ${now}` : 'changed'}`];
    }),
  );
}

/** More things of one kind with one fate than this are counted instead of named. */
const MOST_NAMED = 12;

/** Lines of {@link changesBetween}, short enough to be read: `62 outputs: gone`. */
export function summarized(changes: readonly string[]): string[] {
  const kindOf = (line: string): string => {
    const [, kind = '', fate = ''] = /^(resource|output|secret) .*: (new|gone|changed)$/.exec(line) ?? [];
    return kind === '' ? line : `${kind}s: ${fate}`;
  };
  const counts = new Map<string, number>();
  for (const line of changes) counts.set(kindOf(line), (counts.get(kindOf(line)) ?? 0) + 1);
  const lines = changes.map((line) => {
    const count = counts.get(kindOf(line)) ?? 0;
    return count > MOST_NAMED ? `${count} ${kindOf(line)}` : line;
  });
  return [...new Set(lines)];
}
