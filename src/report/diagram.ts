import type { Box } from '../review/boxes.js';

/** More boxes than this nobody can read. */
const MOST_BOXES = 60;

const TITLES: Readonly<Record<Box['group'], string>> = {
  network: 'Network',
  cluster: 'Cluster',
  data: 'Data',
  'secrets and identity': 'Secrets and identity',
  front: 'Front end',
  services: 'Services',
  stores: 'Stores in the cluster',
  agents: 'Agents',
};

const CLASSES: Readonly<Record<Box['change'], string>> = {
  new: 'fill:#dafbe1,stroke:#1a7f37,color:#1f2328',
  changed: 'fill:#fff8c5,stroke:#9a6700,color:#1f2328',
  replaced: 'fill:#ffebe9,stroke:#cf222e,color:#1f2328',
  stays: 'fill:#f6f8fa,stroke:#59636e,color:#1f2328',
};

/** A label that no grammar of Mermaid can take for anything else: what is no plain character is written by its number. */
const label = (text: string): string =>
  `"${[...text].map((character) => (/[A-Za-z0-9 ._:/-]/.test(character) ? character : `#${character.codePointAt(0)};`)).join('')}"`;

/** What will stand, as the text of a Mermaid flow chart; undefined when there is nothing to draw or too much. */
export function diagram(boxes: readonly Box[]): string | undefined {
  if (boxes.length === 0 || boxes.length > MOST_BOXES) return undefined;
  const nodes = new Map(boxes.map(({ id }, index) => [id, `n${index}`]));
  const groups = [...new Set(boxes.map(({ group }) => group))].map((group, index) => {
    const lines = boxes
      .filter((each) => each.group === group)
      .map(
        ({ id, label: text, change }) => `    ${nodes.get(id)}[${label(change === 'stays' ? text : `${text} (${change})`)}]:::${change}`,
      );
    return [`  subgraph g${index}[${label(TITLES[group])}]`, ...lines, '  end'].join('\n');
  });
  const arrows = boxes.flatMap(({ id, uses }) =>
    uses.flatMap((used) => (nodes.has(used) ? [`  ${nodes.get(id)} --> ${nodes.get(used)}`] : [])),
  );
  const used = new Set(boxes.map(({ change }) => change));
  const classes = Object.entries(CLASSES).flatMap(([change, style]) =>
    used.has(change as Box['change']) ? [`  classDef ${change} ${style};`] : [],
  );
  return ['flowchart LR', ...groups, ...arrows, ...classes].join('\n');
}
