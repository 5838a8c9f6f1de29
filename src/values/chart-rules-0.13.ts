import type { ChartRule } from './contract.js';

type ValueAt = Parameters<ChartRule['isBroken']>[0];

const isOn = (at: ValueAt, path: string): boolean => at(path) === true;
const isEmpty = (at: ValueAt, path: string): boolean => (at(path) ?? '') === '';
const ROUTES = ['ingress', 'gateway', 'istioGateway'];
const routesOn = (at: ValueAt): string[] => ROUTES.filter((route) => isOn(at, `${route}.enabled`));

/** Components with both kinds of autoscaler. */
const SCALABLE = ['frontend', 'backend', 'platformBackend', 'playground', 'aceBackend', 'queue', 'ingestQueue', 'hostBackend', 'listener'];

/** `then` must hold where `path` is true. */
const needs = (path: string, then: string, holds: (at: ValueAt) => boolean): ChartRule => ({
  problem: `${path} needs ${then}`,
  isBroken: (at) => isOn(at, path) && !holds(at),
});

/** What chart line 0.13 refuses when it renders. Here it is told before Helm starts, in the words of the keys. */
const REFUSED: readonly ChartRule[] = [
  { problem: `only one of ${ROUTES.join(', ')} may be enabled`, isBroken: (at) => routesOn(at).length > 1 },
  needs('config.deployment.enabled', `one of ${ROUTES.join(', ')} enabled`, (at) => routesOn(at).length > 0),
  needs('config.deployment.enabled', 'config.hostname', (at) => !isEmpty(at, 'config.hostname')),
  {
    problem: 'istioGateway with config.basePath needs a config.deployment.basePath of its own',
    isBroken: (at) =>
      isOn(at, 'istioGateway.enabled') &&
      isOn(at, 'config.deployment.enabled') &&
      !isEmpty(at, 'config.basePath') &&
      (isEmpty(at, 'config.deployment.basePath') || at('config.deployment.basePath') === at('config.basePath')),
  },
  {
    problem: 'exactly one of config.basicAuth and config.oauth must be enabled',
    isBroken: (at) => isOn(at, 'config.basicAuth.enabled') === isOn(at, 'config.oauth.enabled'),
  },
  { problem: 'config.authType must be mixed or oauth', isBroken: (at) => !['mixed', 'oauth'].includes(String(at('config.authType'))) },
  needs('config.basicAuth.enabled', 'config.authType mixed', (at) => at('config.authType') === 'mixed'),
  needs('config.basicAuth.enabled', 'config.initialOrgAdminEmail', (at) => !isEmpty(at, 'config.initialOrgAdminEmail')),
  {
    problem: 'config.customCa.secretName needs config.customCa.secretKey',
    isBroken: (at) => !isEmpty(at, 'config.customCa.secretName') && isEmpty(at, 'config.customCa.secretKey'),
  },
  needs(
    'config.observability.tracing.enabled',
    'config.observability.tracing.endpoint',
    (at) => !isEmpty(at, 'config.observability.tracing.endpoint'),
  ),
  needs('config.blobStorage.enabled', 'config.blobStorage.engine', (at) => !isEmpty(at, 'config.blobStorage.engine')),
  ...['agentBuilder', 'insights', 'polly'].map((product) =>
    needs(`config.${product}.enabled`, 'config.deployment.enabled', (at) => isOn(at, 'config.deployment.enabled')),
  ),
  ...SCALABLE.map((component) =>
    needs(
      `${component}.autoscaling.hpa.enabled`,
      `${component}.autoscaling.keda off: the chart takes one of the two`,
      (at) => !isOn(at, `${component}.autoscaling.keda.enabled`),
    ),
  ),
];

const PLACEHOLDERS = ['${name}', '${namespace}', '${replicas}', '${image}'];

/** What it accepts in silence, and what then does not work. */
const SILENT: readonly ChartRule[] = [
  ...['azureStorageAccountName', 'azureStorageContainerName'].map((key) =>
    needs('config.blobStorage.enabled', `config.blobStorage.${key}`, (at) => !isEmpty(at, `config.blobStorage.${key}`)),
  ),
  needs('backend.agentBootstrap.enabled', 'config.deployment.enabled: its Job is left out otherwise', (at) =>
    isOn(at, 'config.deployment.enabled'),
  ),
  ...['agentBuilder', 'insights', 'polly'].map((product) =>
    needs(`config.${product}.enabled`, 'backend.agentBootstrap.enabled: nothing else registers its agent', (at) =>
      isOn(at, 'backend.agentBootstrap.enabled'),
    ),
  ),
  // The chart puts its JSON together as text and leaves the comma out between these two.
  needs(
    'config.polly.enabled',
    'config.insights.enabled beside config.agentBuilder: the arguments of the bootstrap Job are broken otherwise',
    (at) => !isOn(at, 'config.agentBuilder.enabled') || isOn(at, 'config.insights.enabled'),
  ),
  {
    problem: `operator.templates.deployment must hold each of ${PLACEHOLDERS.join(', ')}, and the number of replicas without quotes`,
    isBroken: (at) => {
      const template = at('operator.templates.deployment');
      if (typeof template !== 'string') return false;
      return !PLACEHOLDERS.every((name) => template.includes(name)) || /replicas:\s*["']/.test(template);
    },
  },
];

export const RULES_0_13: readonly ChartRule[] = [...REFUSED, ...SILENT];
