import { describe, expect, it } from '@jest/globals';
import { CHART_0_13 } from '../../../src/values/chart-contract-0.13.js';
import { brokenRules } from '../../../src/values/contract.js';
import { refuseOtherLine } from '../../../src/values/lines.js';
import { merge, nest, type Tree } from '../../../src/values/merge.js';

/** The least that chart line 0.13 takes. */
const LEAST = nest({ 'config.authType': 'mixed', 'config.basicAuth.enabled': true, 'config.initialOrgAdminEmail': 'a@example.com' });
const DEPLOYMENTS = nest({
  'config.deployment.enabled': true,
  'config.hostname': 'h',
  'ingress.enabled': true,
  'backend.agentBootstrap.enabled': true,
});

const broken = (...trees: readonly Tree[]): string[] => brokenRules(merge(LEAST, ...trees), CHART_0_13);
const on = (...paths: readonly string[]): Tree => nest(Object.fromEntries(paths.map((path) => [path, true])));

describe('what chart line 0.13 refuses, told before it renders', () => {
  it('is nothing about values that are right', () => {
    expect(broken()).toEqual([]);
    expect(broken(DEPLOYMENTS, on('config.agentBuilder.enabled', 'config.insights.enabled', 'config.polly.enabled'))).toEqual([]);
  });

  it.each(['agentBuilder', 'insights', 'polly'])('T221 %s without deployments, and without the Job that registers its agent', (product) => {
    expect(broken(on(`config.${product}.enabled`)).filter((problem) => !problem.includes('beside'))).toEqual([
      `config.${product}.enabled needs config.deployment.enabled`,
      `config.${product}.enabled needs backend.agentBootstrap.enabled: nothing else registers its agent`,
    ]);
  });

  it('T222 Polly beside Agent Builder without Insights, whose arguments would be broken JSON', () => {
    expect(broken(DEPLOYMENTS, on('config.agentBuilder.enabled', 'config.polly.enabled'))).toEqual([
      expect.stringContaining('config.polly.enabled needs config.insights.enabled'),
    ]);
    expect(broken(DEPLOYMENTS, on('config.polly.enabled'))).toEqual([]);
  });

  it('T192 deployments without a route, without a host name, and two routes', () => {
    expect(broken(on('config.deployment.enabled'))).toEqual([
      'config.deployment.enabled needs one of ingress, gateway, istioGateway enabled',
      'config.deployment.enabled needs config.hostname',
    ]);
    expect(broken(on('ingress.enabled', 'gateway.enabled'))).toEqual(['only one of ingress, gateway, istioGateway may be enabled']);
  });

  it('T242 both autoscalers of a component', () => {
    expect(broken(on('backend.autoscaling.hpa.enabled', 'backend.autoscaling.keda.enabled'))).toHaveLength(1);
  });

  it('T249 Blob Storage without account and container, which it does not check itself', () => {
    expect(broken(nest({ 'config.blobStorage.enabled': true, 'config.blobStorage.engine': 'Azure' }))).toEqual([
      'config.blobStorage.enabled needs config.blobStorage.azureStorageAccountName',
      'config.blobStorage.enabled needs config.blobStorage.azureStorageContainerName',
    ]);
  });

  it.each([
    ['replicas: "${replicas}" ${name} ${namespace} ${image}', 1],
    ['replicas: ${replicas} ${name} ${namespace}', 1],
    ['replicas: ${replicas} ${name} ${namespace} ${image}', 0],
  ])('a text for agents that the operator cannot fill in: %s', (template, count) => {
    expect(broken(nest({ 'operator.templates.deployment': template }))).toHaveLength(count);
  });

  it('one base path for LangSmith and its deployments behind Istio', () => {
    const istio = merge(DEPLOYMENTS, nest({ 'ingress.enabled': false, 'istioGateway.enabled': true, 'config.basePath': 'ls' }));
    expect(broken(istio)).toEqual(['istioGateway with config.basePath needs a config.deployment.basePath of its own']);
    expect(broken(istio, nest({ 'config.deployment.basePath': 'lg' }))).toEqual([]);
  });
});

describe('another line of the chart', () => {
  it('T210 T214 T217 is refused: its keys are others', () => {
    expect(() => refuseOtherLine('0.13.43')).not.toThrow();
    for (const version of ['0.15.17', '0.16.11', '0.1.3', '1.13.0'])
      expect(() => refuseOtherLine(version)).toThrow(
        expect.objectContaining({ reason: 'inputs-invalid', detail: expect.stringContaining(version) }),
      );
  });

  it.each(['agentBuilderToolServer', 'agentBuilderTriggerServer'])('T214 is a table of its own: %s is known to this one', (key) => {
    expect(Object.keys(CHART_0_13.keys).some((path) => path.startsWith(`${key}.`))).toBe(true);
    expect(Object.keys(CHART_0_13.keys).some((path) => path.startsWith('fleet'))).toBe(false);
  });
});
