import { DeployError } from '../errors.js';
import { type Feature, FEATURES, featuresOf, type Shape } from '../passes.js';
import { CHART_0_13 } from '../values/chart-contract-0.13.js';
import { overrides, routing, type ValuesOutputs, withoutAbsent } from '../values/computed.js';
import { brokenRules, keyProblems, type ChartContract } from '../values/contract.js';
import type { ValuesFile, ValuesFiles } from '../values/files.js';
import { merge, nest, type Tree } from '../values/merge.js';
import { ownedKeys } from '../values/owned.js';

export const LAYERS = ['base', 'topology', 'overrides', 'sizing', 'ingress', 'passes'] as const;
/** `user-1` and so on: files of the user, in the order of the input `values`. */
export type LayerName = (typeof LAYERS)[number] | `user-${number}`;

export interface Layer {
  readonly name: LayerName;
  /** File it came from, or `computed`. */
  readonly source: string;
  readonly values: Tree;
}

/** What the LangSmith release is installed with. Holds no secret: pods read those from Kubernetes Secrets by name. */
export interface ChartValues {
  /** In order; later ones win. */
  readonly layers: readonly Layer[];
  readonly merged: Tree;
}

export interface ValuesRequest {
  readonly shape: Shape;
  readonly outputs: ValuesOutputs;
  readonly adminEmail: string;
  readonly files: ValuesFiles;
  /** Files of the user, merged last in order. */
  readonly userFiles?: readonly ValuesFile[];
  /** Line of the chart. Default 0.13. */
  readonly contract?: ChartContract;
}

/**
 * Layers the chart values, later ones winning. PURE.
 * @throws DeployError `values-invalid` with every key the chart would ignore or stumble over, every key that is not the user's to set,
 * and everything the chart refuses about the whole.
 */
export function buildValues(request: ValuesRequest): ChartValues {
  const { files, outputs, shape, adminEmail, userFiles = [], contract = CHART_0_13 } = request;
  const fromFile = (file: ValuesFile): Omit<Layer, 'name'> => ({ source: file.source, values: withoutAbsent(file.values, shape) });
  const layers: Layer[] = [
    { name: 'base', ...fromFile(files.base) },
    { name: 'topology', ...fromFile(files.topology) },
    { name: 'overrides', source: 'computed', values: overrides(shape, outputs, adminEmail) },
    { name: 'sizing', ...fromFile(files.sizing) },
    { name: 'ingress', source: files.ingress.source, values: merge(files.ingress.values, routing(outputs)) },
    {
      name: 'passes',
      source: [...files.passes.map(({ source }) => source), 'computed'].join(' + '),
      values: merge(...files.passes.map(({ values }) => values), switches(shape), deployments(shape, outputs)),
    },
    ...userFiles.map((file, index): Layer => ({ name: `user-${index + 1}`, ...file })),
  ];
  const merged = merge(...layers.map((layer) => layer.values));
  const problems = [...layers.flatMap((layer) => layerProblems(layer, contract)), ...brokenRules(merged, contract)];
  if (problems.length > 0) throw new DeployError('values-invalid', problems.map((problem) => `- ${problem}`).join('\n'));
  return { layers, merged };
}

/** Explicitly false where a feature is off: the defaults of other versions of the chart are others. */
const switches = (shape: Shape): Tree =>
  nest(Object.fromEntries(FEATURES.flatMap((feature) => feature.switches.map((path) => [path, isOn(feature, shape)]))));

const isOn = (feature: Feature, shape: Shape): boolean => featuresOf(shape).includes(feature);

/** The operator makes the addresses of agents with it, which are those of LangSmith itself. */
const deployments = (shape: Shape, outputs: ValuesOutputs): Tree =>
  featuresOf(shape).some(({ name }) => name === 'deployments')
    ? { config: { deployment: { tlsEnabled: outputs.langsmith_url.startsWith('https:') } } }
    : {};

function layerProblems({ name, source, values }: Layer, contract: ChartContract): string[] {
  const owned = name.startsWith('user-') ? ownedKeys(values) : [];
  const others = keyProblems(values, contract).filter(({ path }) => !owned.some((key) => key.path === path));
  return [...owned.map(({ path, because }) => ({ path, problem: `is not yours to set: ${because}` })), ...others].map(
    ({ path, problem }) => `${path} (layer ${name}, ${source}) ${problem}`,
  );
}

/** One line for the step summary. */
export const describeValues = ({ layers }: ChartValues): string => layers.map((layer) => layer.name).join(' → ');
