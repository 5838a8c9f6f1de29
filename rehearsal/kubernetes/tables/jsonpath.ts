import { isTree } from '../admission/tree.js';

type Step = (values: readonly unknown[]) => unknown[];

const TOKEN = /\.\.|\.?\[\?\(\s*@\.([\w.-]+)\s*==\s*(["'])(.*?)\2\s*\)\]|\.?\[(\*|-?\d+)\]|\.?\[(["'])(.*?)\5\]|\.((?:\\.|[^.[\]\\])+)/y;

function field(name: string): Step {
  return (values) =>
    values.flatMap((value) =>
      name === '*' ? (isTree(value) ? Object.values(value) : []) : isTree(value) && value[name] !== undefined ? [value[name]] : [],
    );
}

function parse(path: string): Step[] {
  const text = path.replace(/^\{|\}$/g, '');
  const found: Step[] = [];
  // A filter parses its own path meanwhile, so the position must not be shared.
  const token = new RegExp(TOKEN);
  while (token.lastIndex < text.length) {
    const start = token.lastIndex;
    const match = token.exec(text);
    if (!match || match[0] === '..') throw new Error(`JSONPath of a printer column cannot be read here: ${path} at ${start}`);
    const [, filterKey, , filterValue, index, , quoted, name] = match;
    if (filterKey !== undefined) {
      const inner = parse(`.${filterKey}`);
      found.push((values) =>
        values.flatMap((value) =>
          (Array.isArray(value) ? value : []).filter(
            (item) => inner.reduce((left, step) => step(left), [item] as unknown[])[0] === filterValue,
          ),
        ),
      );
    } else if (index !== undefined) {
      found.push((values) =>
        values.flatMap((value: unknown) =>
          !Array.isArray(value) ? [] : index === '*' ? (value as unknown[]) : (value as unknown[]).slice(Number(index)).slice(0, 1),
        ),
      );
    } else found.push(field(quoted ?? (name ?? '').replace(/\\(.)/g, '$1')));
  }
  return found;
}

/** What a CRD's printer column shows of an object: every value its JSONPath finds. */
export function readJsonPath(object: unknown, path: string): unknown[] {
  return parse(path).reduce<unknown[]>((values, step) => step(values), [object]);
}
