import { describe, expect, it } from '@jest/globals';
import { convertWorkflowTemplate, parseWorkflow, NoOperationTraceWriter } from '@actions/workflow-parser';
import { convertActionTemplate, parseAction } from '@actions/workflow-parser/actions/index';
import { parse } from 'yaml';
import { filesBelow, text } from './files.js';

const workflows = [...filesBelow('.github/workflows', /\.ya?ml$/), ...filesBelow('examples', /^examples\/[^/]+\.ya?ml$/)];
const actions = filesBelow('.', /(^|\/)action\.ya?ml$/);

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
