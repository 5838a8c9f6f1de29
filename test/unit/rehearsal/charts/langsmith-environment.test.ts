import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { environment, names, ofKind, one, render, type Rendered } from './render.js';
import { BASE, LIGHT, PASS2, SCENARIOS } from './scenarios.js';

jest.setTimeout(300_000);

const USE = 'azure.workload.identity/use';
const CLIENT = 'azure.workload.identity/client-id';
const READERS = [
  'backend',
  'platform-backend',
  'queue',
  'ingest-queue',
  'host-backend',
  'listener',
  'agent-builder-tool-server',
  'agent-builder-trigger-server',
];
const READER_NAMES = READERS.map((name) => `langsmith-${name}`).sort();

let pass4: Rendered[];
let pass5: Rendered[];

beforeAll(async () => {
  [pass4, pass5] = await Promise.all([render('langsmith', SCENARIOS['prod-pass4']), render('langsmith', SCENARIOS['prod-pass5'])]);
});

/** `Secret key` of a variable, with `?` when the pod may start without it. */
function source(object: Rendered, variable: string): string | undefined {
  const reference = environment(object)[variable]?.valueFrom?.secretKeyRef as { name: string; key: string; optional?: boolean } | undefined;
  return reference && `${reference.name} ${reference.key}${reference.optional === true ? '?' : ''}`;
}

describe('Workload Identity', () => {
  it('labels exactly the eight components that read blob storage, and no Job', () => {
    const labelled = pass4.filter((object) => object.spec?.template?.metadata?.labels?.[USE] === 'true');
    expect(labelled.map((object) => object.metadata.name).sort()).toEqual(READER_NAMES);
    expect(new Set(labelled.map((object) => object.kind))).toEqual(new Set(['Deployment']));
    const selectors = ofKind(pass4, 'Deployment').map((deployment) => deployment.spec.selector.matchLabels as object);
    expect(selectors.some((selector) => USE in selector)).toBe(false);
  });

  it('annotates the ServiceAccounts of the same eight', () => {
    const annotated = ofKind(pass4, 'ServiceAccount').filter((account) => CLIENT in account.metadata.annotations);
    expect(annotated.map((account) => account.metadata.name).sort()).toEqual(READER_NAMES);
  });

  it('gives four ServiceAccounts the labels of their Deployment and ignores their own', async () => {
    const own = Object.fromEntries(['backend', 'queue'].map((key) => [key, { serviceAccount: { labels: { own: 'yes' } } }]));
    const objects = await render('langsmith', [...SCENARIOS['prod-pass3'], own]);
    const labelled = ofKind(objects, 'ServiceAccount').filter((account) => account.metadata.labels[USE] === 'true');
    expect(labelled.map((account) => account.metadata.name).sort()).toEqual([
      'langsmith-backend',
      'langsmith-host-backend',
      'langsmith-platform-backend',
    ]);
    expect(one(objects, 'ServiceAccount', 'langsmith-backend').metadata.labels.own).toBeUndefined();
    expect(one(objects, 'ServiceAccount', 'langsmith-queue').metadata.labels.own).toBe('yes');
  });
});

describe('the common environment', () => {
  it('reaches eight Deployments and every Job, and with it the blob settings', () => {
    const readers = pass4.filter((object) =>
      object.spec?.template?.spec?.containers[0].env?.some((variable: { name: string }) => variable.name === 'AZURE_STORAGE_ACCOUNT_NAME'),
    );
    expect(names(readers, 'Deployment')).toEqual(READER_NAMES);
    expect(names(readers, 'Job')).toEqual(names(pass4, 'Job'));
    const backend = environment(one(pass4, 'Deployment', 'langsmith-backend'));
    expect(backend.BLOB_STORAGE_ENGINE.value).toBe('Azure');
    expect(backend.AZURE_STORAGE_CONTAINER_NAME.value).toBe('langsmith');
    expect(backend.BASIC_AUTH_ENABLED.value).toBe('true');
    expect(backend.LANGSMITH_URL.value).toBe('langsmith.contoso.example');
    expect(backend.HOSTED_K8S_ROOT_DOMAIN.value).toBe('langsmith.contoso.example');
  });

  it.each([
    ['LANGSMITH_LICENSE_KEY', 'langsmith-config-secret langsmith_license_key'],
    ['API_KEY_SALT', 'langsmith-config-secret api_key_salt'],
    ['X_SERVICE_AUTH_JWT_SECRET', 'langsmith-config-secret api_key_salt'],
    ['BASIC_AUTH_JWT_SECRET', 'langsmith-config-secret jwt_secret'],
    ['AGENT_BUILDER_ENCRYPTION_KEY', 'langsmith-config-secret agent_builder_encryption_key'],
    ['CLIO_ENCRYPTION_KEY', undefined],
    ['POLLY_ENCRYPTION_KEY', undefined],
    ['OAUTH_CLIENT_ID', undefined],
    ['AZURE_STORAGE_ACCOUNT_KEY', 'langsmith-config-secret azure_storage_account_key?'],
    ['AZURE_STORAGE_CONNECTION_STRING', 'langsmith-config-secret azure_storage_connection_string?'],
    ['POSTGRES_DATABASE_URI', 'langsmith-postgres-secret connection_url'],
    ['REDIS_DATABASE_URI', 'langsmith-redis-secret connection_url'],
    ['CLICKHOUSE_HOST', 'langsmith-clickhouse clickhouse_host'],
    ['CLICKHOUSE_NATIVE_PORT', 'langsmith-clickhouse clickhouse_native_port'],
    ['CLICKHOUSE_TLS', 'langsmith-clickhouse clickhouse_tls'],
  ])('reads %s from %s in pass 4', (variable, expected) => {
    expect(source(one(pass4, 'Deployment', 'langsmith-backend'), variable)).toBe(expected);
  });

  it('keeps the administrator password to the auth bootstrap', () => {
    const readers = pass4.filter(
      (object) => object.spec?.template?.spec?.containers[0].env && source(object, 'INITIAL_ORG_ADMIN_PASSWORD'),
    );
    expect(readers.map((object) => object.metadata.name)).toEqual(['langsmith-backend-auth-bootstrap']);
  });

  it('makes references optional when Secrets come from elsewhere at run time', async () => {
    const objects = await render('langsmith', [...SCENARIOS['light-pass2'], { config: { disableSecretCreation: true } }]);
    expect(source(one(objects, 'Deployment', 'langsmith-queue'), 'API_KEY_SALT')).toBe('langsmith-config-secret api_key_salt?');
  });

  it("passes the user's variables on, though not to host-backend, and drops three flags with the ingest queue", async () => {
    const user = { commonEnv: [{ name: 'EXTRA', value: 'yes' }] };
    const objects = await render('langsmith', [...SCENARIOS['prod-pass3'], user]);
    const without = ['ace-backend', 'host-backend', 'operator', 'playground'].map((name) => `langsmith-${name}`);
    const withExtra = ofKind(objects, 'Deployment').filter(
      (deployment) => deployment.spec.template.spec.containers[0].env && 'EXTRA' in environment(deployment),
    );
    expect(names(objects, 'Deployment').filter((name) => !withExtra.some((deployment) => deployment.metadata.name === name))).toEqual(
      without,
    );
    const light = await render('langsmith', SCENARIOS['light-pass2']);
    expect('GO_QUEUE_ENABLED_ALL' in environment(one(objects, 'Deployment', 'langsmith-queue'))).toBe(true);
    expect('GO_QUEUE_ENABLED_ALL' in environment(one(light, 'Deployment', 'langsmith-queue'))).toBe(false);
  });

  it('tells the operator where agents are reached', () => {
    const operator = environment(one(pass4, 'Deployment', 'langsmith-operator'));
    expect(operator.ROOT_DOMAIN.value).toBe('langsmith.contoso.example');
    expect(operator.TLS_ENABLED.value).toBe('false');
    expect(operator.KEDA_ENABLED.value).toBe('true');
    expect(operator.SHARED_INGRESS_NAME.value).toBe('langsmith-ingress');
  });
});

describe('Secrets of the data stores', () => {
  const decode = (secret: Rendered): Record<string, string> =>
    Object.fromEntries(
      Object.entries(secret.data as Record<string, string>).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );

  it('are made with well-known credentials when nothing is said', async () => {
    const objects = await render('langsmith', SCENARIOS['light-pass2']);
    expect(decode(one(objects, 'Secret', 'langsmith-postgres'))).toEqual({
      connection_url: 'postgres:postgres@langsmith-postgres:5432/postgres',
      postgres_user: 'postgres',
      postgres_password: 'postgres',
      postgres_db: 'postgres',
    });
    expect(decode(one(objects, 'Secret', 'langsmith-redis'))).toEqual({ connection_url: 'redis://langsmith-redis:6379' });
    expect(Object.keys(decode(one(objects, 'Secret', 'langsmith-clickhouse')))).toHaveLength(7);
    expect(source(one(objects, 'StatefulSet', 'langsmith-postgres'), 'POSTGRES_PASSWORD')).toBe('langsmith-postgres postgres_password');
  });

  it('are not made for an existing Secret, even when the store runs in the cluster', async () => {
    const existing = { postgres: { external: { existingSecretName: 'mine' } }, clickhouse: { external: { existingSecretName: 'ours' } } };
    const objects = await render('langsmith', [BASE, LIGHT, PASS2, existing]);
    expect(names(objects, 'Secret')).toEqual(['langsmith-redis']);
    expect(names(objects, 'StatefulSet')).toContain('langsmith-postgres');
    expect(source(one(objects, 'StatefulSet', 'langsmith-postgres'), 'POSTGRES_DB')).toBe('mine postgres_db');
    expect(source(one(objects, 'StatefulSet', 'langsmith-clickhouse'), 'CLICKHOUSE_PASSWORD')).toBe('ours clickhouse_password');
    expect(source(one(objects, 'Deployment', 'langsmith-backend'), 'POSTGRES_DATABASE_URI')).toBe('mine connection_url');
  });
});

describe('pass 5', () => {
  it('changes the nine Deployments that must roll, the Jobs and the bootstrap role, and nothing else', () => {
    const before = new Map(pass4.map((object) => [`${object.kind} ${object.metadata.name}`, JSON.stringify(object)]));
    const changed = pass5.filter((object) => before.get(`${object.kind} ${object.metadata.name}`) !== JSON.stringify(object));
    expect(names(changed, 'Deployment')).toEqual([...READER_NAMES, 'langsmith-frontend'].sort());
    expect([...new Set(changed.map((object) => object.kind))].sort()).toEqual(['Deployment', 'Job', 'Role']);
    expect(pass5).toHaveLength(pass4.length);
  });

  it('has the bootstrap restart back end and queue without the right to touch the queue', () => {
    const args = one(pass5, 'Job', 'langsmith-agent-bootstrap').spec.template.spec.containers[0].args as string[];
    expect(args.slice(0, 4)).toEqual(['--destroy-products', 'smith_polly', '--create-products', 'agent_builder,insights']);
    const products = JSON.parse(args[5] ?? '') as Record<string, { restart_deployments: string[]; memory_mb: number }>;
    expect(Object.keys(products)).toEqual(['agent-builder', 'clio']);
    expect(products.clio).toMatchObject({
      memory_mb: 4096,
      restart_deployments: ['langsmith-frontend', 'langsmith-backend', 'langsmith-queue'],
    });
    expect(one(pass5, 'Role', 'langsmith-agent-bootstrap').rules[0].resourceNames).toEqual([
      'langsmith-frontend',
      'langsmith-agent-builder-trigger-server',
      'langsmith-backend',
    ]);
  });

  it('passes broken JSON for agent builder with Polly and without insights, as this chart line does', async () => {
    const polly = { config: { polly: { enabled: true } } };
    const configOf = (objects: Rendered[]): string =>
      one(objects, 'Job', 'langsmith-agent-bootstrap').spec.template.spec.containers[0].args.at(-1) as string;
    const broken = configOf(await render('langsmith', [...SCENARIOS['prod-pass4'], polly]));
    expect(() => JSON.parse(broken) as unknown).toThrow(SyntaxError);
    const whole = configOf(await render('langsmith', [...SCENARIOS['prod-pass5'], polly]));
    expect(Object.keys(JSON.parse(whole) as object)).toEqual(['agent-builder', 'clio', 'smith-polly']);
  });
});
