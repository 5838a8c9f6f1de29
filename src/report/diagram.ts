import type { Box } from '../review/boxes.js';

/** More boxes than this nobody can read. */
const MOST_BOXES = 60;

const TITLES: Readonly<Record<Box['group'], string>> = {
  network: 'Network',
  cluster: 'Cluster',
  data: 'Data',
  'secrets and identity': 'Secrets and identity',
  platform: 'Platform',
  front: 'Front end',
  services: 'Services',
  stores: 'Stores in the cluster',
  agents: 'Agents',
};

/** Dark text on light boxes, and groups without a colour of their own: readable on GitHub's light pages and on its dark ones. */
const CLASSES: Readonly<Record<Box['change'], string>> = {
  new: 'fill:#dafbe1,stroke:#1a7f37,color:#1f2328',
  changed: 'fill:#fff8c5,stroke:#9a6700,color:#1f2328',
  replaced: 'fill:#ffebe9,stroke:#cf222e,color:#1f2328',
  stays: 'fill:#f6f8fa,stroke:#59636e,color:#1f2328',
};
const GROUP_STYLE = 'fill:none,stroke:#8c959f,stroke-dasharray:4 3';

/** The same signs as in the list of changes, so that no reader depends on colours. */
const SIGNS: Readonly<Record<Box['change'], string>> = { new: '➕', changed: '✏️', replaced: '♻️', stays: '' };

/** What the signs of a picture mean. */
export function legend(boxes: readonly Box[]): string {
  const words = (['new', 'changed', 'replaced'] as const).filter((change) => boxes.some((box) => box.change === change));
  const rest = boxes.some(({ change }) => change === 'stays') ? [words.length === 0 ? 'nothing changes' : 'the rest stays as it is'] : [];
  return [...words.map((change) => `${SIGNS[change]} ${change}`), ...rest].join(', ');
}

/** Text that no grammar of Mermaid can take for anything else: what is no plain character is written by its number. */
const plain = (text: string): string =>
  [...text].map((character) => (/[A-Za-z0-9 ._:/-]/.test(character) ? character : `#${character.codePointAt(0)};`)).join('');

/** In two lines: what it is, and its name. */
const label = (lines: readonly string[]): string =>
  `"${lines
    .filter((line) => line !== '')
    .map(plain)
    .join('<br/>')}"`;

/** What will stand, as the text of a Mermaid flow chart; undefined when there is nothing to draw or too much. */
export function diagram(boxes: readonly Box[]): string | undefined {
  if (boxes.length === 0 || boxes.length > MOST_BOXES) return undefined;
  const groups = (Object.keys(TITLES) as Box['group'][])
    .map((name) => ({ name, members: boxes.filter(({ group }) => group === name) }))
    .filter(({ members }) => members.length > 0)
    .map((group, index) => ({ ...group, node: `g${index}` }));
  const nodes = new Map(boxes.map(({ id }, index) => [id, `n${index}`]));
  const drawn = groups.map(({ name, members, node }) =>
    [
      `  subgraph ${node}[${label([TITLES[name]])}]`,
      ...members.map(
        ({ id, label: what, name: own = '', change }) =>
          `    ${nodes.get(id)}[${label([`${SIGNS[change]} ${what}`.trim(), own])}]:::${change}`,
      ),
      '  end',
    ].join('\n'),
  );
  // One arrow to a group instead of one to each of its members.
  const arrows = boxes.flatMap(({ id, uses }) => {
    const whole = groups.filter(({ members }) => members.length > 1 && members.every((member) => uses.includes(member.id)));
    const single = uses.filter((used) => nodes.has(used) && !whole.some(({ members }) => members.some((member) => member.id === used)));
    return [...whole.map(({ node }) => node), ...single.map((used) => nodes.get(used))].map((target) => `  ${nodes.get(id)} --> ${target}`);
  });
  const used = new Set(boxes.map(({ change }) => change));
  const classes = Object.entries(CLASSES).flatMap(([change, style]) =>
    used.has(change as Box['change']) ? [`  classDef ${change} ${style};`] : [],
  );
  return [
    'flowchart LR',
    ...drawn,
    ...arrows,
    ...classes,
    `  classDef group ${GROUP_STYLE};`,
    `  class ${groups.map(({ node }) => node).join(',')} group;`,
  ].join('\n');
}
