import type { Diagnostic } from '../protocol.js';
import type { BlockSchema } from '../schema.js';
import { isUnknown, type Value, type ValueObject } from '../values.js';

/** Rules of one resource type that its schema cannot express. */
export interface Constraints {
  /** Attributes that may only be set when another is. */
  readonly requires?: Readonly<Record<string, string>>;
  /** Exactly one attribute of each group must be set. */
  readonly exactlyOneOf?: readonly (readonly string[])[];
  /** What a string attribute must match, and how the provider says so. */
  readonly pattern?: Readonly<Record<string, { readonly matches: RegExp; readonly message: string }>>;
}

/** Problems of a resource's configuration, worded as the provider words them. Unknown values count as given. */
export function validateConfig(schema: BlockSchema, constraints: Constraints, config: ValueObject): Diagnostic[] {
  return [
    ...writeOnlyPairs(schema, config),
    ...requirements(constraints, config),
    ...exclusiveGroups(constraints, config),
    ...patterns(constraints, config),
  ];
}

function given(value: Value | undefined): boolean {
  return value !== null && value !== undefined;
}

/** `x_wo` and `x_wo_version` each require the other. */
function writeOnlyPairs(schema: BlockSchema, config: ValueObject): Diagnostic[] {
  return Object.entries(schema.attributes).flatMap(([name, attribute]) => {
    const version = `${name}_version`;
    if (!attribute.writeOnly || schema.attributes[version] === undefined) return [];
    if (given(config[name]) === given(config[version])) return [];
    const present = given(config[name]) ? name : version;
    return [problem('Missing required argument', `"${present}": all of \`${name},${version}\` must be specified`)];
  });
}

function requirements(constraints: Constraints, config: ValueObject): Diagnostic[] {
  return Object.entries(constraints.requires ?? {}).flatMap(([name, other]) =>
    given(config[name]) && !given(config[other])
      ? [problem('Missing required argument', `"${name}": all of \`${other},${name}\` must be specified`)]
      : [],
  );
}

function exclusiveGroups(constraints: Constraints, config: ValueObject): Diagnostic[] {
  return (constraints.exactlyOneOf ?? []).flatMap((group) => {
    const unknown = group.some((name) => isUnknown(config[name]));
    const set = group.filter(
      (name) => given(config[name]) && !isUnknown(config[name]) && !(Array.isArray(config[name]) && config[name].length === 0),
    );
    const names = group.join(',');
    if (set.length === 0 && !unknown)
      return [problem('Invalid combination of arguments', `"${group[0]}": one of \`${names}\` must be specified`)];
    if (set.length > 1) {
      return [
        problem(
          'Invalid combination of arguments',
          `"${group[0]}": only one of \`${names}\` can be specified, but \`${set.join(',')}\` were specified.`,
        ),
      ];
    }
    return [];
  });
}

function patterns(constraints: Constraints, config: ValueObject): Diagnostic[] {
  return Object.entries(constraints.pattern ?? {}).flatMap(([name, { matches, message }]) => {
    const value = config[name];
    return typeof value === 'string' && !matches.test(value) ? [problem(message, '')] : [];
  });
}

function problem(summary: string, detail: string): Diagnostic {
  return { severity: 1, summary, detail };
}
