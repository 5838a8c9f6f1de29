import { isMapping, isSequence } from '@actions/workflow-parser';
import type { MappingToken, TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import { field, InvalidFile, literal, written } from './documents.js';
import { asText, textsOf, valueOf, type Scope } from './expressions.js';

export type InputValues = Readonly<Record<string, unknown>>;

interface Definition {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: TemplateToken | undefined;
  readonly options: readonly string[];
}

const NOTHING: Readonly<Record<string, unknown>> = { boolean: false, number: 0 };

function definitions(settings: MappingToken | undefined): Definition[] {
  const inputs = field(settings, 'inputs');
  if (inputs === undefined || !isMapping(inputs)) return [];
  return [...inputs].map(({ key, value }) => {
    const options = field(value, 'options');
    return {
      name: key.toString(),
      type: literal(value, 'type') ?? 'string',
      required: valueOf(field(value, 'required'), { contexts: {} }) === true,
      default: field(value, 'default'),
      options: options !== undefined && isSequence(options) ? [...options].map((option) => written(option)) : [],
    };
  });
}

/**
 * The `inputs` context of a called workflow.
 * @param given values as the caller evaluated them
 * @param scope for defaults, which may hold expressions
 * @throws InvalidFile for a missing, an unknown or a wrongly typed input
 */
export function callInputs(settings: MappingToken | undefined, given: InputValues, scope: Scope): InputValues {
  const known = definitions(settings);
  const unknown = Object.keys(given).filter((name) => !known.some((definition) => definition.name.toLowerCase() === name.toLowerCase()));
  const problems = unknown.map((name) => `Invalid input, ${name} is not defined in the referenced workflow.`);
  const values = known.map((definition): [string, unknown] => {
    const entry = Object.entries(given).find(([name]) => name.toLowerCase() === definition.name.toLowerCase());
    if (!entry && definition.required) problems.push(`Input ${definition.name} is required, but not provided while calling.`);
    const value = entry ? entry[1] : valueOf(definition.default, scope);
    if (value === undefined || value === null) return [definition.name, NOTHING[definition.type] ?? ''];
    if (definition.type === 'string') return [definition.name, asText(value)];
    if (typeof value !== definition.type) {
      problems.push(`Input ${definition.name} must be a ${definition.type}, but '${asText(value)}' is a ${typeof value}.`);
    }
    return [definition.name, value];
  });
  if (problems.length > 0) throw new InvalidFile(problems);
  return Object.fromEntries(values);
}

/**
 * The inputs of a `workflow_dispatch`: typed for the `inputs` context; `github.event.inputs` has them as strings.
 * @throws InvalidFile as the dispatch API would answer
 */
export function dispatchInputs(settings: MappingToken | undefined, given: InputValues): InputValues {
  const known = definitions(settings);
  const unknown = Object.keys(given).filter((name) => !known.some((definition) => definition.name === name));
  const problems = unknown.length > 0 ? [`Unexpected inputs provided: ${JSON.stringify(unknown)}`] : [];
  const values = known.map((definition): [string, unknown] => {
    const value = given[definition.name] ?? valueOf(definition.default, { contexts: {} });
    if (definition.required && (value === undefined || value === '')) problems.push(`Required input '${definition.name}' not provided`);
    if (value === undefined) return [definition.name, definition.type === 'boolean' ? false : ''];
    const text = asText(value);
    if (definition.type === 'choice' && !definition.options.includes(text)) {
      problems.push(`Provided value '${text}' for input '${definition.name}' not in the list of allowed values`);
    }
    if (definition.type === 'boolean') {
      if (!['true', 'false'].includes(text)) problems.push(`Provided value '${text}' for input '${definition.name}' is not a boolean`);
      return [definition.name, text === 'true'];
    }
    if (definition.type === 'number') {
      if (text.trim() === '' || !Number.isFinite(Number(text)))
        problems.push(`Provided value '${text}' for input '${definition.name}' is not a number`);
      return [definition.name, Number(text)];
    }
    return [definition.name, text];
  });
  if (problems.length > 0) throw new InvalidFile(problems);
  return Object.fromEntries(values);
}

/** The secrets a called workflow sees: all of the caller's, or the mapped ones. */
export function callSecrets(
  secrets: TemplateToken | undefined,
  callers: Readonly<Record<string, string>>,
  scope: Scope,
): Record<string, string> {
  if (secrets === undefined) return {};
  if (!isMapping(secrets)) return { ...callers };
  return textsOf(secrets, scope);
}
