import { describe, expect, it, jest } from '@jest/globals';
import { render, type Values } from './render.js';
import { BASE, PASS3, SCENARIOS } from './scenarios.js';

jest.setTimeout(300_000);

const deployments: Values = { config: { deployment: { enabled: true } } };
const inline = (password: string): Values => ({
  config: { existingSecretName: '', apiKeySalt: 'salt', langsmithLicenseKey: 'license', basicAuth: { initialOrgAdminPassword: password } },
});

describe('the checks of the chart', () => {
  it.each<[string, Values, string]>([
    ['deployments without a route', { ...deployments, ingress: { enabled: false } }, 'needs a route'],
    ['deployments without a host name', { config: { hostname: '', deployment: { enabled: true } } }, 'needs config.hostname'],
    [
      'Istio with one base path for both',
      { config: { basePath: 'ls', deployment: { enabled: true } }, ingress: { enabled: false }, istioGateway: { enabled: true } },
      'config.deployment.basePath of its own',
    ],
    ['two routes', { gateway: { enabled: true } }, 'Only one of ingress, gateway and istioGateway'],
    ['two logins', { config: { oauth: { enabled: true } } }, 'both are enabled'],
    ['no login', { config: { basicAuth: { enabled: false } } }, 'neither is enabled'],
    ['no authType', { config: { authType: '' } }, 'authType must be mixed or oauth'],
    ['basic auth with oauth authType', { config: { authType: 'oauth' } }, 'needs config.authType mixed'],
    ['no administrator', { config: { initialOrgAdminEmail: '' } }, 'needs config.initialOrgAdminEmail'],
    ['no salt', { config: { existingSecretName: '' } }, 'config.apiKeySalt is required'],
    ['no license', { config: { existingSecretName: '', apiKeySalt: 'salt' } }, 'config.langsmithLicenseKey is required'],
    ['a short password', inline('Short-1'), 'at least 12 characters'],
    ['a password without lower case', inline('ABCDEFGHIJKL-1'), 'lower-case letter'],
    ['a password without upper case', inline('abcdefghijkl-1'), 'upper-case letter'],
    ['a password whose only symbols do not count', inline('Abcdefghijkl*&='), 'must contain one of'],
    ['a foreign blob engine', { config: { blobStorage: { engine: 'GCS' } } }, 'must be S3 or Azure'],
    ['a CA without key', { config: { customCa: { secretName: 'ca' } } }, 'customCa.secretKey'],
    ['tracing without endpoint', { config: { observability: { tracing: { enabled: true } } } }, 'needs an endpoint'],
    ['a Redis cluster inside', { redis: { external: { cluster: { enabled: true } } } }, 'needs redis.external.enabled'],
    ['a Postgres client certificate without TLS', { postgres: { external: { clientCert: { secretName: 'c' } } } }, 'customTls'],
    [
      'a ClickHouse client certificate without TLS',
      { clickhouse: { external: { clientCert: { secretName: 'c' } } } },
      'clickhouse.external.tls',
    ],
    ['agent builder without deployments', { config: { agentBuilder: { enabled: true } } }, 'agentBuilder needs config.deployment.enabled'],
    ['insights without deployments', { config: { insights: { enabled: true } } }, 'insights needs config.deployment.enabled'],
    [
      'Polly without key',
      { config: { ...(inline('Abcdefghijkl-1').config as Values), polly: { enabled: true } } },
      'config.polly.encryptionKey',
    ],
    [
      'HPA and KEDA',
      { queue: { autoscaling: { hpa: { enabled: true }, keda: { enabled: true } } } },
      'queue.autoscaling: enable hpa or keda',
    ],
    ['the old autoscaling shape', { backend: { autoscaling: { createHpa: false } } }, 'backend.autoscaling.createHpa is the old shape'],
    ['an empty key of an older line', { ingress: { hostname: '' } }, 'ingress.hostname has moved'],
    ['config.subdomain', { config: { subdomain: false } }, 'config.subdomain has moved'],
    ['config.langgraphPlatform', { config: { langgraphPlatform: {} } }, 'moved to config.deployment'],
    ['rootDomain', { config: { deployment: { rootDomain: 'x' } } }, 'use config.hostname'],
    ['listener.templates', { listener: { templates: { deployment: 'x' } } }, 'moved to operator.templates'],
    ['a variable given twice', { commonEnv: [{ name: 'LOG_LEVEL', value: 'debug' }] }, 'twice (chart, commonEnv, extraEnv): LOG_LEVEL'],
    [
      'a read-only front end that cannot write',
      { frontend: { deployment: { securityContext: { readOnlyRootFilesystem: true } } } },
      '/var/lib/nginx, /var/run, /run, /var/cache/nginx',
    ],
  ])('refuse %s', async (_, values, message) => {
    await expect(render('langsmith', [BASE, values])).rejects.toThrow(message);
  });

  it('can be skipped, except for the two that protect the render itself', async () => {
    const skip = { config: { skipValidation: true, authType: '' } };
    await expect(render('langsmith', [BASE, skip])).resolves.not.toHaveLength(0);
    await expect(render('langsmith', [BASE, skip, { commonEnv: [{ name: 'LOG_LEVEL', value: 'x' }] }])).rejects.toThrow('LOG_LEVEL');
  });

  it('let pass what the chart does not check', async () => {
    const silent = { backend: { agentBootstrap: { enabled: true } }, config: { blobStorage: { azureStorageAccountName: '' } } };
    await expect(render('langsmith', [BASE, silent])).resolves.not.toHaveLength(0);
  });
});

describe.each(['3', '4'] as const)('the values schema, with Helm %s', (helm) => {
  it.each<[string, Values, RegExp]>([
    ['a misspelt component', { backned: {} }, /backned.*not allowed/],
    ['a misspelt key', { backend: { deployment: { replica: 2 } } }, /replica.*not allowed/],
    ['config.deployment.url', { config: { deployment: { url: 'https://x' } } }, /url.*not allowed/],
    ['config.telemetry.usageReporting', { config: { telemetry: { usageReporting: true } } }, /usageReporting.*not allowed/],
    ['resources outside the deployment', { listener: { resources: {} } }, /resources.*not allowed/],
    ['listener.enabled', { listener: { enabled: true } }, /enabled.*not allowed/],
    ['a later line of the chart', { insights: { enabled: false } }, /insights.*not allowed/],
    ['a label that is no string', { backend: { deployment: { labels: { 'azure.workload.identity/use': true } } } }, /boolean/i],
    ['replicas of the trigger server', { agentBuilderTriggerServer: { deployment: { replicas: 2 } } }, /agentBuilderTriggerServer/],
  ])('refuses %s', async (_, values, message) => {
    await expect(render('langsmith', [...SCENARIOS['prod-pass3'], values], { helm })).rejects.toThrow(message);
  });

  it('leaves maps free', async () => {
    const free = {
      commonLabels: { team: 'platform' },
      clickhouse: {
        statefulSet: { nodeSelector: { 'langsmith.io/pool': 'large' }, tolerations: [{ key: 'langsmith.io/pool', operator: 'Exists' }] },
      },
      backend: {
        deployment: { extraEnv: [{ name: 'ANY', value: 'thing' }], resources: { requests: { cpu: 1 }, limits: { 'nvidia.com/gpu': 1 } } },
      },
      operator: { templates: { deployment: 'kind: Deployment' } },
    };
    const objects = await render('langsmith', [BASE, PASS3, free], { helm });
    const clickhouse = objects.find((object) => object.kind === 'StatefulSet' && object.metadata.name === 'langsmith-clickhouse');
    expect(clickhouse?.spec.template.spec.nodeSelector).toEqual({ 'langsmith.io/pool': 'large' });
    expect(clickhouse?.spec.template.metadata.labels.team).toBe('platform');
  });
});
