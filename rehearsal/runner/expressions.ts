import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import type { ExpressionData } from '@actions/expressions/data/expressiondata';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import { truthy } from '@actions/expressions/result';
import { isBasicExpression, isBoolean, isMapping, isNumber, isSequence, isString } from '@actions/workflow-parser';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import { hashFiles } from './glob.js';

/** What `success()` and its like answer where an expression stands. */
export interface Status {
  readonly success: boolean;
  readonly failure: boolean;
  readonly cancelled: boolean;
}

/** What an expression may see. Contexts that are not given read as null. */
export interface Scope {
  readonly contexts: Readonly<Record<string, unknown>>;
  readonly status?: Status;
  /** Where `hashFiles` looks. */
  readonly workspace?: string;
}

const CONTEXTS = ['github', 'env', 'vars', 'secrets', 'inputs', 'needs', 'strategy', 'matrix', 'job', 'jobs', 'runner', 'steps'];

/**
 * Value of an expression, without its `${{ }}`.
 * @throws Error that names the expression.
 */
export function evaluate(expression: string, scope: Scope): ExpressionData {
  const contexts = new data.Dictionary();
  for (const name of CONTEXTS) contexts.add(name, toData(scope.contexts[name]));
  const functions = functionsOf(scope);
  try {
    const tree = new Parser(new Lexer(expression).lex().tokens, CONTEXTS, functions).parse();
    return new Evaluator(tree, contexts, new Map(functions.map((definition) => [definition.name, definition]))).evaluate();
  } catch (error) {
    throw new Error(`Cannot evaluate \`${expression}\`: ${(error as Error).message}`, { cause: error });
  }
}

function functionsOf({ status, workspace }: Scope): FunctionDefinition[] {
  const answer = (name: string, value: boolean | undefined): FunctionDefinition => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => {
      if (value === undefined) throw new Error(`${name}() has no meaning here`);
      return new data.BooleanData(value);
    },
  });
  return [
    answer('success', status?.success),
    answer('failure', status?.failure),
    answer('cancelled', status?.cancelled),
    answer('always', true),
    {
      name: 'hashfiles',
      minArgs: 1,
      maxArgs: 255,
      call: (...patterns) => {
        if (workspace === undefined) throw new Error('hashFiles() has no workspace here');
        return new data.StringData(
          hashFiles(
            patterns.map((pattern) => pattern.coerceString()),
            workspace,
          ),
        );
      },
    },
  ];
}

/** Whether an `if` holds. */
export function holds(expression: string, scope: Scope): boolean {
  return truthy(evaluate(expression, scope));
}

/** A scalar token as the string GitHub makes of it. Absent tokens and null give an empty string. */
export function textOf(token: TemplateToken | undefined, scope: Scope): string {
  if (token === undefined) return '';
  if (isBasicExpression(token)) return evaluate(token.expression, scope).coerceString();
  return toData(valueOf(token, scope)).coerceString();
}

/** A token, however deep, as plain JavaScript with every expression evaluated. */
export function valueOf(token: TemplateToken | undefined, scope: Scope): unknown {
  if (token === undefined) return undefined;
  if (isBasicExpression(token)) return toPlain(evaluate(token.expression, scope));
  if (isString(token) || isNumber(token) || isBoolean(token)) return token.value;
  if (isSequence(token)) return [...token].map((item) => valueOf(item, scope));
  if (isMapping(token)) return Object.fromEntries([...token].map(({ key, value }) => [textOf(key, scope), valueOf(value, scope)]));
  if (token.isLiteral) return null;
  throw new Error(`The rehearsal runner has no model of a ${token.typeName()} here`);
}

/** A mapping token as name and string; an absent token is an empty mapping. */
export function textsOf(token: TemplateToken | undefined, scope: Scope): Record<string, string> {
  if (token === undefined) return {};
  if (isMapping(token)) return Object.fromEntries([...token].map(({ key, value }) => [textOf(key, scope), textOf(value, scope)]));
  const value = valueOf(token, scope) as Record<string, unknown> | null;
  return Object.fromEntries(Object.entries(value ?? {}).map(([name, item]) => [name, toData(item).coerceString()]));
}

/** A number or undefined. @throws Error when the token is something else. */
export function numberOf(token: TemplateToken | undefined, scope: Scope, what: string): number | undefined {
  if (token === undefined) return undefined;
  const number = Number(textOf(token, scope));
  if (!Number.isFinite(number)) throw new Error(`${what} must be a number, not '${textOf(token, scope)}'`);
  return number;
}

/** A boolean; absent means false. @throws Error when the token is something else. */
export function booleanOf(token: TemplateToken | undefined, scope: Scope, what: string): boolean {
  if (token === undefined) return false;
  const value = valueOf(token, scope);
  if (typeof value !== 'boolean') throw new Error(`${what} must be a boolean, not '${textOf(token, scope)}'`);
  return value;
}

function toData(value: unknown): ExpressionData {
  return JSON.parse(JSON.stringify(value ?? null), data.reviver) as ExpressionData;
}

function toPlain(value: ExpressionData): unknown {
  return JSON.parse(JSON.stringify(value, data.replacer));
}

/** An expression value's string form of a plain value: booleans `true`, null empty, objects `Object`. */
export function asText(value: unknown): string {
  return toData(value).coerceString();
}
