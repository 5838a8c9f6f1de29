import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { FAILURE_REASONS } from '../../src/errors.js';
import { INPUTS, OUTPUTS, type InputDefinition } from '../../src/interface.js';
import { OTHER_PHASES, PHASES } from '../../src/phase.js';
import { SECRETS } from '../../src/secret-catalogue.js';
import { filesBelow, readmeTable, text } from './files.js';

interface ActionFile {
  readonly inputs: Record<string, { description: string; default?: string; required?: boolean }>;
  readonly outputs: Record<string, { description: string; value?: string }>;
  readonly runs: {
    using: string;
    main?: string;
    post?: string;
    'post-if'?: string;
    steps?: { id: string; uses: string; with: Record<string, string> }[];
  };
}

const front = parse(text('action.yml')) as ActionFile;
const inner = parse(text('deploy/action.yml')) as ActionFile;
const inputNames = Object.keys(INPUTS);
const inputs: Record<string, InputDefinition> = INPUTS;

describe('inputs', () => {
  it('are the same, in the same order, in the code, both action files and the README', () => {
    expect(Object.keys(front.inputs)).toEqual(inputNames);
    expect(Object.keys(inner.inputs)).toEqual(inputNames);
    expect(readmeTable('inputs').map(([name]) => name)).toEqual(inputNames);
  });

  it.each(inputNames)('%s: description, default and required agree everywhere', (name) => {
    const { description, default: fallback, required } = inputs[name] as InputDefinition;
    for (const declared of [front.inputs[name], inner.inputs[name]]) {
      expect([declared?.description, declared?.default, declared?.required ?? false]).toEqual([description, fallback, required ?? false]);
    }
    const row = readmeTable('inputs').find(([candidate]) => candidate === name);
    expect(row?.slice(1)).toEqual([description, required === true ? '**required**' : (fallback ?? '')]);
  });

  it('are all handed from the front door to the action', () => {
    const [step, ...more] = front.runs.steps ?? [];
    expect([front.runs.using, step?.uses, more]).toEqual(['composite', '$/deploy', []]);
    expect(step?.with).toEqual(Object.fromEntries(inputNames.map((name) => [name, `\${{ inputs.${name} }}`])));
  });

  it.each(inputNames)('%s is read by the phase inputs', (name) => {
    const read = new RegExp(`reader\\s*\\.(text|matching|oneOf|number|lines)(<[^>]*>)?\\(\\s*'${name}'`);
    const isSecret = SECRETS.some((kind) => kind.input?.name === name);
    expect(isSecret || read.test(text('src/phases/inputs.ts'))).toBe(true);
  });

  it('that carry a secret are declared so, so that they are masked', () => {
    const secret = inputNames.filter((name) => inputs[name]?.secret === true);
    const stored = SECRETS.flatMap((kind) => (kind.input === undefined ? [] : [kind.input.name]));
    const tokens = inputNames.filter((name) => name.endsWith('-token'));
    expect(secret.sort()).toEqual([...stored, ...tokens].sort());
  });
});

describe('outputs', () => {
  it('are the same everywhere and wired through', () => {
    const names = Object.keys(OUTPUTS);
    expect([Object.keys(front.outputs), Object.keys(inner.outputs), readmeTable('outputs').map(([name]) => name)]).toEqual([
      names,
      names,
      names,
    ]);
    for (const name of names)
      expect(front.outputs[name]?.value).toBe(`\${{ steps.${front.runs.steps?.[0]?.id} .outputs.${name} }}`.replace(' .', '.'));
  });
});

describe('the JavaScript action', () => {
  it('has a post step that always runs, from the committed bundle', () => {
    expect(inner.runs).toEqual({ using: 'node24', main: '../dist/index.js', post: '../dist/post/index.js', 'post-if': 'always()' });
  });
});

describe('secrets', () => {
  it('are listed in the README', () => {
    expect(readmeTable('secrets').map(([name]) => name)).toEqual(SECRETS.map((kind) => kind.name));
  });
});

describe('failure reasons', () => {
  const reasons = Object.keys(FAILURE_REASONS);

  it('have a row each in the README', () => {
    expect(readmeTable('reasons').map(([reason]) => reason)).toEqual(reasons);
  });

  it('begin with the phase they come from', () => {
    const others = ['run', 'internal', ...OTHER_PHASES];
    expect(reasons.filter((reason) => ![...PHASES, ...others].some((phase) => reason.startsWith(`${phase}-`)))).toEqual([]);
  });

  it('are all thrown somewhere', () => {
    const code = filesBelow('src', /\.ts$/)
      .filter((file) => file !== 'src/errors.ts')
      .map(text)
      .join('\n');
    expect(reasons.filter((reason) => reason !== 'internal-error' && !code.includes(`'${reason}'`))).toEqual([]);
  });

  it('have an integration test each, whose title begins with them', () => {
    const titles = filesBelow('test/integration', /\.test\.ts$/).flatMap((file) =>
      [...text(file).matchAll(/\b(?:it|test)(?:\.\w+)?(?:\([^'"`]*?\))?\(\s*['"`]([a-z]+-[a-z]+):/g)].map(([, reason = '']) => reason),
    );
    expect({
      untested: reasons.filter((reason) => !titles.includes(reason)),
      unknown: titles.filter((title) => !reasons.includes(title)),
    }).toEqual({
      untested: [],
      unknown: [],
    });
  });
});

describe('phases', () => {
  it('are the files of src/phases and the list in the README', () => {
    const named = [...PHASES, 'report'];
    const files = filesBelow('src/phases', /\.ts$/).map((file) => file.replace(/^src\/phases\/|\.ts$/g, ''));
    expect(named.filter((phase) => !files.includes(phase))).toEqual([]);
    // Every other file belongs to the phase it is named after.
    const known = [...named, ...OTHER_PHASES];
    expect(files.filter((file) => !known.some((phase) => file === phase || file.startsWith(`${phase}-`)))).toEqual([]);
    expect(text('README.md')).toContain(`\`${named.join(' → ')}\``);
  });
});
