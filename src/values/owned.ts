import { WORKLOADS } from '../passes.js';
import { leafPaths } from './contract.js';
import type { Tree } from './merge.js';

/** A key that belongs to this action: a user's file that sets it would take the deployment apart. */
interface OwnedKey {
  /** A key or the root of a subtree; `*` stands for any workload. */
  readonly path: string;
  readonly because: string;
}

const ELSEWHERE = 'it follows from the configuration file';
const SWITCHED = 'the input pass decides it, and what it turns off is destroyed';

const OWNED: readonly OwnedKey[] = [
  { path: 'config.skipValidation', because: 'it would silence the chart instead of mending what it complains about' },
  { path: 'fullnameOverride', because: 'every name and every federated credential is made from it' },
  { path: 'nameOverride', because: 'every name and every federated credential is made from fullnameOverride' },
  { path: 'namespace', because: 'the release and its roles are in langsmith_namespace' },
  { path: 'config.existingSecretName', because: 'the release writes this Secret from Key Vault' },
  { path: 'config.disableSecretCreation', because: 'it would let pods start without the keys they need' },
  ...['langsmithLicenseKey', 'apiKeySalt', 'basicAuth.initialOrgAdminPassword', 'basicAuth.jwtSecret', 'oauth.oauthClientSecret'].map(
    (key) => ({
      path: `config.${key}`,
      because: 'secrets come from Key Vault and never stand in a file',
    }),
  ),
  ...['agentBuilder', 'insights', 'polly'].map((product) => ({
    path: `config.${product}.encryptionKey`,
    because: 'secrets come from Key Vault and never stand in a file',
  })),
  { path: 'config.hostname', because: 'langsmith_domain or dns_label says it, and the certificate is for that name' },
  { path: 'config.initialOrgAdminEmail', because: 'it comes from Key Vault' },
  ...[
    'enabled',
    'engine',
    'azureStorageAccountName',
    'azureStorageContainerName',
    'azureStorageAccountKey',
    'azureStorageConnectionString',
  ].map((key) => ({
    path: `config.blobStorage.${key}`,
    because: 'pass 1 made the account, and pods sign in by Workload Identity',
  })),
  ...['postgres', 'redis', 'clickhouse'].flatMap((store) => [
    { path: `${store}.external`, because: `${store}_source in the configuration file decides it` },
    { path: `${store}.disableSecretCreation`, because: `${store}_source in the configuration file decides it` },
  ]),
  { path: '*.serviceAccount.name', because: 'federated credentials trust the names that are made' },
  { path: '*.serviceAccount.create', because: 'federated credentials trust the accounts that are made' },
  { path: '*.serviceAccount.annotations.azure.workload.identity/client-id', because: 'it follows from pass 1' },
  { path: '*.deployment.labels.azure.workload.identity/use', because: 'it follows from which pods read Blob Storage' },
  { path: 'backend.agentBootstrap.serviceAccount', because: 'a federated credential trusts the account that is made' },
  { path: 'backend.migrations.enabled', because: 'without it the schema is older than the code' },
  { path: 'backend.clickhouseMigrations.enabled', because: 'without it the schema is older than the code' },
  { path: 'config.deployment.enabled', because: SWITCHED },
  { path: 'config.agentBuilder.enabled', because: SWITCHED },
  { path: 'config.insights.enabled', because: SWITCHED },
  { path: 'config.polly.enabled', because: 'enable_polly in the configuration file decides it from pass 5 on' },
  { path: 'backend.agentBootstrap.enabled', because: SWITCHED },
  { path: 'config.deployment.tlsEnabled', because: ELSEWHERE },
  { path: 'ingestQueue.enabled', because: 'the input topology decides it' },
  { path: '*.enabled', because: 'the input pass decides which workloads there are' },
  ...['ingress', 'gateway', 'istioGateway'].map((route) => ({
    path: `${route}.enabled`,
    because: 'ingress_controller in the configuration file decides it',
  })),
  ...['gateway', 'istioGateway'].flatMap((route) =>
    ['name', 'namespace', 'sectionName'].map((key) => ({ path: `${route}.${key}`, because: 'the platform makes this Gateway' })),
  ),
  { path: 'ingress.tls', because: 'tls_certificate_source in the configuration file decides it' },
  { path: 'frontend.service.type', because: 'anything but ClusterIP would be a second way in, past the ingress controller' },
  { path: 'operator.templates.deployment', because: 'its label and service account are what gives agents their identity' },
  { path: 'operator.watchNamespaces', because: 'agents run in the namespace of the release' },
];

/** Every key of a user's file that is not the user's, with the reason. PURE. */
export function ownedKeys(values: Tree): { readonly path: string; readonly because: string }[] {
  return leafPaths(values).flatMap((path) => {
    const owned = OWNED.find((candidate) => covers(candidate.path, path));
    return owned === undefined ? [] : [{ path, because: owned.because }];
  });
}

const COMPONENTS: ReadonlySet<string> = new Set(WORKLOADS.map(({ key }) => key));

function covers(pattern: string, path: string): boolean {
  const [component = '', ...rest] = path.split('.');
  const isWild = pattern.startsWith('*.') && COMPONENTS.has(component);
  const actual = isWild ? rest.join('.') : path;
  const wanted = isWild ? pattern.slice('*.'.length) : pattern;
  return actual === wanted || actual.startsWith(`${wanted}.`);
}
