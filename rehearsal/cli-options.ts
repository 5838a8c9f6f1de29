import path from 'node:path';
import { parseArgs } from 'node:util';
import { readPasses } from './passes.js';
import { DEPLOY_PATHS, EXAMPLES, isExample, workflowFile, type DeployPath, type SceneOptions, type Topology } from './scenes.js';

export const USAGE = `npm run rehearse -- [options]

  --topology production what stands where: production or light
  --deploy-path helm    who puts things into the cluster from pass 2 on: helm or terraform
  --passes 1-5          one pass, such as 2, or a range, such as 1-5
  --workflow NAME       another example (${EXAMPLES.map((name) => `${name}.yml`).join(', ')}) or a file of your own
  --config FILE         your own terraform.tfvars
  --chart REF|DIR       the LangSmith chart: oci:// reference, .tgz or directory
  --chart-version V     its version, for an oci:// reference
  --helm 3|4            which Helm
  --kubeconfig FILE     use a real cluster for the cluster part
  --keep                keep the world in .cache/world for the next run with --keep, and continue in a kept one
  --report DIR          where the report goes (default .rehearsal)
  --help`;

export interface Arguments extends SceneOptions {
  readonly deployPath: DeployPath;
  readonly helm: '3' | '4';
  readonly keep: boolean;
  readonly report: string;
  readonly config?: string;
  readonly chart?: string;
  readonly chartVersion?: string;
  readonly kubeconfig?: string;
}

/** @throws Error naming every wrong option. */
export function readArguments(argv: readonly string[]): Arguments | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      topology: { type: 'string', default: 'production' },
      'deploy-path': { type: 'string' },
      passes: { type: 'string', default: '1-5' },
      config: { type: 'string' },
      workflow: { type: 'string' },
      chart: { type: 'string' },
      'chart-version': { type: 'string' },
      helm: { type: 'string', default: '4' },
      kubeconfig: { type: 'string' },
      keep: { type: 'boolean', default: false },
      report: { type: 'string', default: '.rehearsal' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const problems = [
    ['light', 'production'].includes(values.topology) ? '' : `--topology: "${values.topology}" is not one of light, production`,
    problemWithDeployPath(values['deploy-path'], values.workflow),
    readPasses(values.passes) === undefined ? `--passes: "${values.passes}" is neither one pass of 1 to 5 nor a range such as 1-5` : '',
    values.helm === '3' || values.helm === '4' ? '' : `--helm: "${values.helm}" is not one of 3, 4`,
    values.workflow === undefined ? '' : problemWith(values.workflow),
  ].filter((problem) => problem !== '');
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const { config, workflow, kubeconfig, chart } = values;
  return {
    topology: values.topology as Topology,
    deployPath: (values['deploy-path'] ?? 'helm') as DeployPath,
    passes: values.passes,
    helm: values.helm as '3' | '4',
    keep: values.keep,
    report: path.resolve(values.report),
    ...(workflow === undefined ? {} : { workflow }),
    ...(config === undefined ? {} : { config: path.resolve(config) }),
    ...(kubeconfig === undefined ? {} : { kubeconfig: path.resolve(kubeconfig) }),
    ...(chart === undefined ? {} : { chart: chart.startsWith('oci://') ? chart : path.resolve(chart) }),
    ...(values['chart-version'] === undefined ? {} : { chartVersion: values['chart-version'] }),
  };
}

function problemWith(workflow: string): string {
  try {
    workflowFile(workflow);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

/** A workflow of the user's own is run as it is written. */
function problemWithDeployPath(deployPath: string | undefined, workflow: string | undefined): string {
  if (deployPath === undefined) return '';
  if (!(DEPLOY_PATHS as readonly string[]).includes(deployPath))
    return `--deploy-path: "${deployPath}" is not one of ${DEPLOY_PATHS.join(', ')}`;
  if (workflow === undefined || problemWith(workflow) !== '' || isExample(workflowFile(workflow))) return '';
  return `--deploy-path: is for the examples; a workflow of your own says it itself (deploy-path: ${deployPath})`;
}
