import type { Overlay } from './generate/apply-overlay.js';
import type { ProviderSchemas } from './schema.js';

/** What no package says about the provider block itself. */
export const PROVIDER_OVERLAY: Overlay = {
  features: { minItems: 1, maxItems: 1 },
  client_secret: { sensitive: true },
};

const COMPUTED = { computed: true } as const;
const FORCE_NEW = { forceNew: true } as const;
const SENSITIVE = { sensitive: true } as const;

/** What the packages lack or their prose gets wrong, per resource type: learnt from the provider's documentation and behaviour. */
export const RESOURCE_OVERLAY: Readonly<Record<string, Overlay>> = {
  application_gateway: { ssl_policy: COMPUTED },
  dns_zone: { soa_record: COMPUTED },
  federated_identity_credential: { parent_id: FORCE_NEW },
  key_vault: { network_acls: COMPUTED, soft_delete_retention_days: { default: 90 } },
  kubernetes_cluster: {
    auto_scaler_profile: COMPUTED,
    bootstrap_profile: COMPUTED,
    kubelet_identity: COMPUTED,
    network_profile: COMPUTED,
    'network_profile.network_plugin': FORCE_NEW,
    'network_profile.load_balancer_profile': COMPUTED,
    'network_profile.nat_gateway_profile': COMPUTED,
    node_provisioning_profile: COMPUTED,
    windows_profile: COMPUTED,
    'http_proxy_config.trusted_ca': SENSITIVE,
    'service_principal.client_secret': SENSITIVE,
    'windows_profile.admin_password': SENSITIVE,
  },
  managed_redis: { 'default_database.primary_access_key': SENSITIVE, 'default_database.secondary_access_key': SENSITIVE },
  network_security_group: { name: FORCE_NEW },
  postgresql_flexible_server: { authentication: COMPUTED },
  private_dns_zone: { soa_record: COMPUTED },
  public_ip: { idle_timeout_in_minutes: { default: 4 } },
  redis_cache: { redis_configuration: COMPUTED },
  storage_account: {
    blob_properties: COMPUTED,
    default_to_oauth_authentication: { default: false },
    is_hns_enabled: { default: false },
    min_tls_version: { default: 'TLS1_2' },
    network_rules: COMPUTED,
    queue_encryption_key_type: { default: 'Service' },
    queue_properties: COMPUTED,
    routing: COMPUTED,
    share_properties: COMPUTED,
    static_website: COMPUTED,
    table_encryption_key_type: { default: 'Service' },
  },
  storage_container: { storage_account_id: FORCE_NEW, storage_account_name: FORCE_NEW },
};

/** Data sources: sensitivity only. */
export const DATA_SOURCE_OVERLAY: Readonly<Record<string, Overlay>> = {
  kubernetes_cluster: {
    kube_admin_config: SENSITIVE,
    kube_admin_config_raw: SENSITIVE,
    kube_config: SENSITIVE,
    kube_config_raw: SENSITIVE,
  },
};

/** cdktn knows no ephemeral resources: this one is written from its documentation. */
export const EPHEMERAL_RESOURCES: ProviderSchemas['ephemeralResources'] = {
  azurerm_key_vault_secret: {
    attributes: {
      name: { type: 'string', required: true },
      key_vault_id: { type: 'string', required: true },
      version: { type: 'string', optional: true, computed: true },
      expiration_date: { type: 'string', computed: true },
      not_before_date: { type: 'string', computed: true },
      value: { type: 'string', computed: true, sensitive: true },
    },
    blocks: {},
  },
};

/** kubernetes_secret_v1: what the package does not say. `wait_for_service_account_token` is planned though it is not computed. */
export const KUBERNETES_OVERLAY: Overlay = {
  binary_data: SENSITIVE,
  data: SENSITIVE,
  metadata: { minItems: 1, maxItems: 1 },
  'metadata.generate_name': FORCE_NEW,
  'metadata.name': FORCE_NEW,
  'metadata.namespace': { forceNew: true, default: 'default' },
  type: { forceNew: true, default: 'Opaque' },
  wait_for_service_account_token: { default: true },
};

/** helm_release: the defaults of the provider's source. */
export const HELM_OVERLAY: Overlay = {
  atomic: { default: false },
  cleanup_on_fail: { default: false },
  create_namespace: { default: false },
  dependency_update: { default: false },
  disable_crd_hooks: { default: false },
  disable_openapi_validation: { default: false },
  disable_webhooks: { default: false },
  force_update: { default: false },
  lint: { default: false },
  max_history: { default: 0 },
  name: FORCE_NEW,
  namespace: { forceNew: true, default: 'default' },
  pass_credentials: { default: false },
  recreate_pods: { default: false },
  render_subchart_notes: { default: true },
  replace: { default: false },
  repository_password: SENSITIVE,
  reset_values: { default: false },
  reuse_values: { default: false },
  skip_crds: { default: false },
  take_ownership: { default: false },
  timeout: { default: 300 },
  upgrade_install: { default: false },
  verify: { default: false },
  wait: { default: true },
  wait_for_jobs: { default: false },
};
