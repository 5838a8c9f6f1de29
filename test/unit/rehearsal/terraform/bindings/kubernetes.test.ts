import { afterEach, describe, expect, it } from '@jest/globals';
import type { Cluster } from '../../../../../rehearsal/world/clusters.js';
import { GROUP, PROVIDER, TerraformRoot } from '../terraform-root.js';

const CLUSTER = `resource "azurerm_kubernetes_cluster" "main" {
  name                      = "aks"
  resource_group_name       = azurerm_resource_group.main.name
  location                  = azurerm_resource_group.main.location
  dns_prefix                = "rehearsal"
  kubernetes_version        = "1.35"
  local_account_disabled    = true
  workload_identity_enabled = true
  default_node_pool {
    name                 = "default"
    vm_size              = "Standard_D8s_v5"
    auto_scaling_enabled = true
    min_count            = 3
    max_count            = 10
  }
  identity {
    type = "SystemAssigned"
  }
}
resource "azurerm_kubernetes_cluster_node_pool" "large" {
  name                  = "large"
  kubernetes_cluster_id = azurerm_kubernetes_cluster.main.id
  vm_size               = "Standard_D16s_v5"
  auto_scaling_enabled  = true
  min_count             = 0
  max_count             = 2
  node_labels           = { "langsmith.io/pool" = "large" }
  node_taints           = ["langsmith.io/pool=large:NoSchedule"]
}
resource "azurerm_role_assignment" "kubelet" {
  scope                = azurerm_resource_group.main.id
  role_definition_name = "Reader"
  principal_id         = azurerm_kubernetes_cluster.main.kubelet_identity[0].object_id
}
data "azurerm_kubernetes_cluster" "main" {
  name                = azurerm_kubernetes_cluster.main.name
  resource_group_name = azurerm_resource_group.main.name
}
output "data_issuer" {
  value = data.azurerm_kubernetes_cluster.main.oidc_issuer_url
}
output "node_group" {
  value = azurerm_kubernetes_cluster.main.node_resource_group
}
output "ca" {
  value     = base64decode(azurerm_kubernetes_cluster.main.kube_config[0].cluster_ca_certificate)
  sensitive = true
}
output "cluster_principal" {
  value = azurerm_kubernetes_cluster.main.identity[0].principal_id
}
`;

describe('azurerm_kubernetes_cluster', () => {
  let root: TerraformRoot;
  afterEach(async () => root.close());

  function cluster(): Cluster {
    const [only] = [...root.world.clusters.values()];
    if (!only) throw new Error('there is no cluster');
    return only;
  }

  async function output(name: string): Promise<string> {
    return (await root.run(['output', '-raw', name])).output;
  }

  it('puts a cluster with its pools and identities into the world, and takes them out again', async () => {
    root = await TerraformRoot.open(PROVIDER + GROUP + CLUSTER);
    const gone: string[] = [];
    root.world.on('cluster-deleted', ({ name }) => gone.push(name));
    await root.apply();
    expect(cluster()).toMatchObject({ name: 'aks', kubernetesVersion: '1.35.7', localAccountDisabled: true });
    expect(cluster().fqdn).toMatch(/^rehearsal-[0-9a-f]{8}\.hcp\.eastus\.azmk8s\.io$/);
    expect(cluster().nodePools).toEqual([
      { name: 'default', vmSize: 'Standard_D8s_v5', minCount: 3, maxCount: 10, labels: {}, taints: [] },
      {
        name: 'large',
        vmSize: 'Standard_D16s_v5',
        minCount: 0,
        maxCount: 2,
        labels: { 'langsmith.io/pool': 'large' },
        taints: ['langsmith.io/pool=large:NoSchedule'],
      },
    ]);
    expect(await output('data_issuer')).toBe(cluster().oidcIssuerUrl);
    expect(await output('node_group')).toBe('MC_rg_aks_eastus');
    expect(root.world.directory.byObjectId(await output('cluster_principal'))?.kind).toBe('managed-identity');
    expect((await root.plan()).code).toBe(0);

    expect((await root.run(['destroy', '-auto-approve'])).code).toBe(0);
    expect(gone).toEqual(['aks']);
    expect(root.world.resources.list()).toEqual([]);
    expect(root.world.directory.principals.map(({ name }) => name)).toEqual(['deployer']);
  }, 60_000);

  it('upgrades and scales in place, and demands a name to rotate the default pool', async () => {
    root = await TerraformRoot.open(PROVIDER + GROUP + CLUSTER);
    await root.apply();
    await root.write(PROVIDER + GROUP + CLUSTER.replace('"1.35"', '"1.36"').replace('= 10', '= 12'));
    expect(await root.apply()).toContain('0 added, 1 changed, 0 destroyed');
    expect(cluster().kubernetesVersion).toBe('1.36.3');
    expect(cluster().nodePools.find(({ name }) => name === 'default')?.maxCount).toBe(12);

    await root.write(PROVIDER + GROUP + CLUSTER.replace('D8s', 'D4s'));
    const refused = await root.run(['apply', '-auto-approve']);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('`temporary_name_for_rotation` must be specified');
  }, 60_000);

  it('refuses a version AKS does not offer', async () => {
    root = await TerraformRoot.open(PROVIDER + GROUP + CLUSTER.replace('"1.35"', '"1.27"'));
    const refused = await root.run(['apply', '-auto-approve']);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('K8sVersionNotSupported');
  }, 60_000);

  it('switches the Istio add-on on and off, and refuses a revision that does not fit the version', async () => {
    const withMesh = (revision: string) =>
      PROVIDER +
      GROUP +
      CLUSTER.replace(
        '  identity {',
        `  service_mesh_profile {\n    mode = "Istio"\n    revisions = ["${revision}"]\n    external_ingress_gateway_enabled = true\n  }\n  identity {`,
      );
    root = await TerraformRoot.open(withMesh('asm-1-29'));
    await root.apply();
    expect(cluster().serviceMesh).toEqual({ revisions: ['asm-1-29'], externalIngressGateway: true, internalIngressGateway: false });
    const changed: string[] = [];
    root.world.on('cluster-changed', ({ name }) => changed.push(name));
    await root.write(PROVIDER + GROUP + CLUSTER);
    await root.apply();
    expect([cluster().serviceMesh, changed]).toEqual([undefined, ['aks']]);
    await root.write(withMesh('asm-1-22'));
    const refused = await root.run(['apply', '-auto-approve']);
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('Revision asm-1-22 is not compatible')]);
  }, 60_000);
});
