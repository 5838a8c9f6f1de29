import { mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Cluster } from '../../src/kubernetes/cluster.js';
import { RunLease } from '../../src/kubernetes/lease.js';
import { createRedactor } from '../../src/kubernetes/redact.js';
import type { Log } from '../../src/log.js';
import type { Outputs } from '../../src/phases/outputs.js';
import { type PassNumber, type Shape, shapeOf, workloadIdentityServiceAccounts } from '../../src/passes.js';
import { Helm } from '../../src/tools/helm.js';
import { Kubectl } from '../../src/tools/kubectl.js';
import type { FakeExec } from './exec.js';

export class CollectedLog implements Log {
  readonly lines: string[] = [];
  info(message: string): void {
    this.lines.push(message);
  }
  warning(message: string): void {
    this.lines.push(`warning: ${message}`);
  }
  debug(): void {}
}

/** A cluster whose tools are modelled by `fake`; taking the lease is modelled here. */
export async function fakeCluster(fake: FakeExec, secrets: readonly string[] = []): Promise<Cluster & { readonly log: CollectedLog }> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'fake-cluster-'));
  const access = { kubeconfigPath: path.join(directory, 'kubeconfig'), context: 'langsmith-azure' };
  const log = new CollectedLog();
  const kubectl = new Kubectl(fake.exec, access);
  const lease = new RunLease(kubectl, log);
  fake
    .on(/^kubectl get lease langsmith-azure /, '')
    .on(/^kubectl create --field-manager=langsmith-azure --filename=-$/, '')
    .on(/^kubectl patch lease /, '');
  return {
    access,
    kubectl,
    helm: new Helm(fake.exec, access),
    files: {
      path: directory,
      writeFile: async (name, content) => {
        await writeFile(path.join(directory, name), content, { mode: 0o600 });
        return path.join(directory, name);
      },
    },
    log,
    redact: createRedactor(secrets),
    lease,
    close: () => lease.release(),
  };
}

export const CLIENT_ID = '0a1b2c3d-1111-4222-8333-444455556666';

/** A deployment with everything in the cluster, in a pass. */
export const lightShape = (pass: PassNumber = 2): Shape => shapeOf(pass, 'light', lightOutputs());

/** A deployment whose PostgreSQL and Redis are services of Azure, in a pass. */
export const productionShape = (pass: PassNumber = 2): Shape => shapeOf(pass, 'production', productionOutputs());

/** Outputs of pass 1 in the production topology. */
export const productionOutputs = (overrides: Partial<Outputs> = {}): Outputs =>
  lightOutputs({
    postgres_source: 'external',
    redis_source: 'external',
    sizing_profile: 'production',
    postgres_id: '/subscriptions/s/resourceGroups/langsmith-rg/providers/Microsoft.DBforPostgreSQL/flexibleServers/langsmith-postgres',
    postgres_host: 'langsmith-postgres.postgres.database.azure.com',
    postgres_port: 5432,
    postgres_username: 'langsmith',
    postgres_database: 'langsmith',
    postgres_ssl_mode: 'require',
    redis_kind: 'managed',
    redis_id: '/subscriptions/s/resourceGroups/langsmith-rg/providers/Microsoft.Cache/redisEnterprise/langsmith-redis',
    redis_host: 'langsmith-redis.eastus.redis.azure.net',
    redis_port: 10000,
    redis_tls_enabled: true,
    node_pools: [
      { name: 'default', vm_size: 'Standard_D8s_v5', min_count: 3, max_count: 10, labels: {}, taints: [] },
      {
        name: 'large',
        vm_size: 'Standard_D16s_v5',
        min_count: 0,
        max_count: 2,
        labels: { 'langsmith.io/pool': 'large' },
        taints: ['langsmith.io/pool=large:NoSchedule'],
      },
    ],
    ...overrides,
  });

/** Outputs of pass 1 in the light topology. */
export function lightOutputs(overrides: Partial<Outputs> = {}): Outputs {
  return {
    subscription_id: '00000000-0000-4000-8000-000000000001',
    tenant_id: '00000000-0000-4000-8000-000000000002',
    location: 'eastus',
    resource_group_name: 'langsmith-rg',
    vnet_id: '/vnet',
    aks_subnet_id: '/subnet',
    aks_cluster_name: 'langsmith-aks',
    aks_cluster_id: '/aks',
    aks_oidc_issuer_url: 'https://eastus.oic.prod-aks.azure.com/t/i/',
    keyvault_id: '/vault',
    keyvault_name: 'langsmith-kv-1a2b3c',
    keyvault_uri: 'https://langsmith-kv-1a2b3c.vault.azure.net/',
    storage_account_name: 'langsmithblob1a2b3c',
    storage_container_name: 'langsmith',
    workload_identity_client_id: CLIENT_ID,
    workload_identity_principal_id: '00000000-0000-4000-8000-000000000003',
    workload_identity_service_accounts: workloadIdentityServiceAccounts('langsmith'),
    langsmith_namespace: 'langsmith',
    langsmith_release_name: 'langsmith',
    langsmith_hostname: 'langsmith.example.com',
    langsmith_url: 'https://langsmith.example.com',
    ingress_namespaces: [],
    ingress_controller: 'nginx',
    tls_certificate_source: 'letsencrypt',
    letsencrypt_email: 'ops@example.com',
    dns_label: '',
    postgres_source: 'in-cluster',
    redis_source: 'in-cluster',
    clickhouse_source: 'in-cluster',
    enable_polly: false,
    sizing_profile: 'dev',
    node_pools: [],
    keyvault_secret_versions: {},
    names: {},
    postgres_id: '',
    postgres_host: '',
    postgres_port: 0,
    postgres_username: '',
    postgres_database: '',
    postgres_ssl_mode: '',
    postgres_subnet_id: '',
    redis_kind: '',
    redis_id: '',
    redis_host: '',
    redis_port: 0,
    redis_tls_enabled: false,
    redis_subnet_id: '',
    clickhouse_host: '',
    clickhouse_port: 0,
    clickhouse_native_port: 0,
    clickhouse_username: '',
    clickhouse_database: '',
    clickhouse_tls: false,
    waf_policy_id: '',
    application_gateway_id: '',
    application_gateway_address: '',
    waf_attach_command: '',
    log_analytics_workspace_id: '',
    bastion_name: '',
    dns_zone_name: '',
    dns_nameservers: [],
    dns_record: '',
    cert_manager_identity_client_id: '',
    ...overrides,
  };
}
