import { z } from 'zod';
import { DeployError } from '../errors.js';

const nodePool = z.object({
  name: z.string(),
  vm_size: z.string(),
  min_count: z.number().int(),
  max_count: z.number().int(),
  labels: z.record(z.string(), z.string()),
  taints: z.array(z.string()),
});

/** The outputs of `terraform/infra`, by their Terraform names: the only place that knows them. */
const schema = z.object({
  subscription_id: z.string(),
  tenant_id: z.string(),
  location: z.string(),
  resource_group_name: z.string(),
  vnet_id: z.string(),
  aks_subnet_id: z.string(),
  aks_cluster_name: z.string(),
  aks_cluster_id: z.string(),
  aks_oidc_issuer_url: z.string(),
  keyvault_id: z.string(),
  keyvault_name: z.string(),
  keyvault_uri: z.string(),
  storage_account_name: z.string(),
  storage_container_name: z.string(),
  workload_identity_client_id: z.string(),
  workload_identity_principal_id: z.string(),
  workload_identity_service_accounts: z.array(z.string()),
  langsmith_namespace: z.string(),
  langsmith_release_name: z.string(),
  langsmith_hostname: z.string(),
  langsmith_url: z.string(),
  ingress_namespaces: z.array(z.string()),
  ingress_controller: z.enum(['nginx', 'istio-addon', 'istio', 'envoy-gateway', 'none']),
  tls_certificate_source: z.enum(['none', 'letsencrypt', 'dns01', 'existing']),
  letsencrypt_email: z.string(),
  dns_label: z.string(),
  postgres_source: z.enum(['in-cluster', 'external']),
  redis_source: z.enum(['in-cluster', 'external']),
  clickhouse_source: z.enum(['in-cluster', 'external']),
  enable_polly: z.boolean(),
  sizing_profile: z.enum(['minimum', 'dev', 'production', 'production-large']),
  node_pools: z.array(nodePool),
  keyvault_secret_versions: z.record(z.string(), z.number().int()),
  names: z.record(z.string(), z.string()),
  // Services and modules a deployment may lack: then empty, and port 0.
  postgres_id: z.string(),
  postgres_host: z.string(),
  postgres_port: z.number().int(),
  postgres_username: z.string(),
  postgres_database: z.string(),
  postgres_ssl_mode: z.enum(['', 'require']),
  postgres_subnet_id: z.string(),
  redis_kind: z.enum(['', 'managed', 'premium']),
  redis_id: z.string(),
  redis_host: z.string(),
  redis_port: z.number().int(),
  redis_tls_enabled: z.boolean(),
  redis_subnet_id: z.string(),
  clickhouse_host: z.string(),
  clickhouse_port: z.number().int(),
  clickhouse_native_port: z.number().int(),
  clickhouse_username: z.string(),
  clickhouse_database: z.string(),
  clickhouse_tls: z.boolean(),
  waf_policy_id: z.string(),
  application_gateway_id: z.string(),
  application_gateway_address: z.string(),
  waf_attach_command: z.string(),
  log_analytics_workspace_id: z.string(),
  bastion_name: z.string(),
  dns_zone_name: z.string(),
  dns_nameservers: z.array(z.string()),
  dns_record: z.string(),
  cert_manager_identity_client_id: z.string(),
});

/** What pass 1 built and later passes need; no field holds a secret. */
export type Outputs = Readonly<z.infer<typeof schema>>;

/** Names that `terraform/infra` must declare; a contract test holds both together. */
export const OUTPUT_NAMES = Object.keys(schema.shape);

/**
 * Decodes `terraform output -json` (`{ name: { value } }`).
 * @throws DeployError `outputs-incomplete` naming every output that is absent or of the wrong shape.
 */
export function decodeOutputs(json: unknown): Outputs {
  const values = Object.fromEntries(
    Object.entries((json ?? {}) as Record<string, { value?: unknown }>).map(([name, output]) => [name, output.value]),
  );
  const decoded = schema.safeParse(values);
  if (decoded.success) return decoded.data;
  const problems = decoded.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new DeployError(
    'outputs-incomplete',
    `the Terraform state lacks what later passes need:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
  );
}
