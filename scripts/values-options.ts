import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { PassNumber, TopologyName } from '../src/passes.js';
import { problemsWithRoot } from './terraform-files.js';

export const USAGE = `npm run values -- --topology T --pass N (--out DIR | --terraform DIR) [options]

  Writes the chart values of a deployment, layer by layer (NN-name.yaml) and merged (merged.yaml), or the files that terraform/app reads.
  Nothing else is touched or asked.

  --topology T    light or production
  --pass N        2, 3, 4 or 5
  --out DIR       where the layers go; those of an earlier run there are replaced
  --terraform DIR a terraform/app: infra.auto.tfvars.json, action.auto.tfvars.json and values/ of it, as the action writes them; needs --outputs
  --sizing S      minimum, dev, production or production-large; default: what the configuration says
  --ingress I     nginx, istio, istio-addon, envoy-gateway or none; default: what the configuration says
  --config FILE   your terraform.tfvars
  --outputs FILE  \`terraform output -json\` of pass 1; without it, what Azure would name is made up
  --values FILE   a values file of your own, merged last; may be given several times
  --help`;

const CHOICES = {
  topology: ['light', 'production'],
  pass: ['2', '3', '4', '5'],
  sizing: ['minimum', 'dev', 'production', 'production-large'],
  ingress: ['nginx', 'istio', 'istio-addon', 'envoy-gateway', 'none'],
} as const;

export interface Options {
  readonly topology: TopologyName;
  readonly pass: PassNumber;
  /** One of these two is there at least. */
  readonly out?: string;
  readonly terraform?: string;
  readonly sizing?: (typeof CHOICES.sizing)[number];
  readonly ingress?: (typeof CHOICES.ingress)[number];
  readonly config?: string;
  readonly outputs?: string;
  readonly values: readonly string[];
}

const text = { type: 'string' } as const;
const OPTIONS = {
  topology: text,
  pass: text,
  out: text,
  terraform: text,
  sizing: text,
  ingress: text,
  config: text,
  outputs: text,
  values: { type: 'string', multiple: true },
  help: { type: 'boolean' },
} as const;

/** The options, or every problem with them, or `help`. */
export function readOptions(argv: readonly string[]): Options | 'help' | { readonly problems: readonly string[] } {
  // Not strict: that would stop at the first problem.
  const { values, tokens, positionals } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  if (values.help === true) return 'help';
  const options = tokens.filter((token) => token.kind === 'option');
  const given = (name: string): string | undefined => {
    const value = options.findLast((token) => token.name === name)?.value;
    return value === undefined || value === '' ? undefined : value;
  };
  const files = options.flatMap(({ name, value }) =>
    ['config', 'outputs', 'values'].includes(name) && value !== undefined ? [{ name, value }] : [],
  );
  const problems = [
    ...options.filter(({ name }) => !(name in OPTIONS)).map(({ rawName }) => `${rawName}: is not an option.`),
    ...positionals.map((word) => `${word}: is not an option.`),
    ...options.filter(({ name, value }) => name in OPTIONS && (value ?? '') === '').map(({ rawName }) => `${rawName}: needs a value.`),
    ...['topology', 'pass'].filter((name) => !options.some((token) => token.name === name)).map((name) => `--${name}: is required.`),
    ...(options.some(({ name }) => name === 'out' || name === 'terraform') ? [] : ['--out or --terraform: one of them is required.']),
    ...Object.entries(CHOICES).flatMap(([name, legal]) => {
      const value = given(name);
      return value === undefined || (legal as readonly string[]).includes(value)
        ? []
        : [`--${name}: "${value}" is not one of ${legal.join(', ')}.`];
    }),
    ...(given('terraform') === undefined ? [] : problemsWithRoot(given('terraform') ?? '')),
    ...(given('terraform') !== undefined && given('outputs') === undefined
      ? ['--terraform: needs --outputs, because Terraform would deploy what is made up.']
      : []),
    ...files.filter(({ value }) => value !== '' && !existsSync(value)).map(({ name, value }) => `--${name}: there is no file ${value}.`),
  ];
  if (problems.length > 0) return { problems };
  const optional = Object.fromEntries(['out', 'terraform', 'sizing', 'ingress', 'config', 'outputs'].map((name) => [name, given(name)]));
  return {
    topology: given('topology') as TopologyName,
    pass: Number(given('pass')) as PassNumber,
    values: files.filter(({ name }) => name === 'values').map(({ value }) => value),
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) as Partial<Options>),
  };
}
