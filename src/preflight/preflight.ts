import { DeployError, messageOf, toDeployError } from '../errors.js';
import type { Log } from '../log.js';
import type { Inputs } from '../phases/inputs.js';
import { jwtPayload, login, type LoginTools, type Session } from '../phases/login.js';
import type { PrivateDirectory } from '../private-directory.js';
import { createContainerReader } from '../tools/blob.js';
import type { Exec } from '../tools/exec.js';
import { createSecretReader } from '../tools/key-vault.js';
import { diagnosticText, TerraformError } from '../tools/terraform.js';
import { createAzure, type Azure } from './azure.js';
import { blocker, inOrder, ok, unknown, byRemedy, withStatus, type Check, type Fact } from './check.js';
import { evaluateCompute, fetchCompute, postgresQuota } from './checks/compute.js';
import { evaluateGate } from './checks/gate.js';
import { evaluateIdentity, fetchCredentials, type Claims } from './checks/identity.js';
import { evaluateKubernetesVersion, evaluateMesh, fetchKubernetesVersions, fetchMeshRevisions } from './checks/kubernetes.js';
import { evaluateLabel, evaluateLengths, evaluateName, fetchDeletedVaults, fetchLabel, fetchName, globalNames } from './checks/names.js';
import { evaluatePermissions, fetchPermissions } from './checks/permissions.js';
import { evaluatePostgres, fetchPostgres, vmSizeOf } from './checks/postgres.js';
import { evaluateProviders, fetchProviders } from './checks/providers.js';
import { evaluateRedis } from './checks/redis.js';
import { evaluateStateAccount, fetchStateAccount } from './checks/state-account.js';
import { evaluateSupplied, fetchSupplied } from './checks/supplied.js';
import { evaluateVaultFirewall } from './checks/vault-firewall.js';
import { createRepository, type Repository } from './github.js';
import { readSettings, textOf, type Settings } from './settings.js';

export interface PreflightTools extends LoginTools {
  readonly exec: Exec;
  readonly log: Log;
  readonly privateDirectory: PrivateDirectory;
  /** `owner/name` of the repository the workflow runs in. */
  readonly repository: string;
}

/**
 * Everything a deployment needs of Azure and GitHub, asked at once and changed nowhere. Never throws for what it finds: a login that
 * fails is a finding too.
 */
export async function examine(inputs: Inputs, tools: PreflightTools): Promise<Check[]> {
  const [settings, signedIn] = await Promise.all([configuration(inputs, tools), identity(inputs, tools)]);
  const azure = signedIn.session === undefined ? [] : await azureChecks(inputs, signedIn.session, settings.settings);
  return inOrder([...signedIn.checks, ...settings.checks, ...azure]);
}

/** @throws DeployError `preflight-blocked` when a blocker is among the checks, with every blocker and every remedy. */
export function demandNoBlocker(checks: readonly Check[]): void {
  const blockers = withStatus(checks, 'blocker');
  if (blockers.length === 0) return;
  const remedies = [...byRemedy(blockers).keys()];
  throw new DeployError('preflight-blocked', blockers.map(({ check, detail }) => `- ${check}: ${detail}`).join('\n'), {
    fix: remedies.length === 1 ? (remedies[0] ?? '') : remedies.map((remedy, index) => `${index + 1}. ${remedy}`).join('\n'),
  });
}

async function configuration(inputs: Inputs, tools: PreflightTools): Promise<{ settings: Settings | undefined; checks: Check[] }> {
  try {
    const settings = await readSettings(inputs, tools.exec, tools.privateDirectory, tools.log);
    return { settings, checks: [ok('configuration', 'Terraform accepts every value'), ...evaluateLengths(settings)] };
  } catch (error) {
    if (!(error instanceof TerraformError)) throw error;
    const complaints = error.diagnostics.map((diagnostic) => diagnosticText(diagnostic).replace(/^- /, ''));
    return {
      settings: undefined,
      checks: complaints.map((complaint) =>
        blocker('configuration', complaint, 'Correct the values in the configuration file as Terraform says'),
      ),
    };
  }
}

/** The login, and what GitHub says about it. */
async function identity(inputs: Inputs, tools: PreflightTools): Promise<{ session: Session | undefined; checks: Check[] }> {
  const repository: Repository = createRepository(tools.repository, inputs.githubToken);
  const [claims, outcome, settings] = await Promise.all([
    readClaims(tools),
    login(inputs, tools).catch((error: unknown) => toDeployError(error)),
    repository.subjectSettings(),
  ]);
  const name = 'known' in claims ? claims.known.environment : undefined;
  const session = outcome instanceof DeployError ? undefined : outcome;
  const [environment, credentials] = await Promise.all([
    name === undefined ? undefined : repository.environment(name),
    session === undefined
      ? { unknown: 'not signed in' }
      : fetchCredentials(createAzure(session.arm, session.subscriptionId), session.clientId),
  ]);
  return { session, checks: [...evaluateIdentity({ claims, login: outcome, settings, credentials }), evaluateGate(claims, environment)] };
}

async function readClaims(tools: LoginTools): Promise<Fact<Claims>> {
  try {
    const token = await tools.getIdToken('api://AzureADTokenExchange');
    tools.mask(token);
    return { known: jwtPayload(token) as unknown as Claims };
  } catch (error) {
    return { unknown: `GitHub gave no ID token: ${messageOf(error)}` };
  }
}

/** Everything ARM and the data planes are asked, all at once. */
async function azureChecks(inputs: Inputs, session: Session, settings: Settings | undefined): Promise<Check[]> {
  const azure = createAzure(session.arm, session.subscriptionId);
  const reader = createContainerReader(session.credential);
  const state = fetchStateAccount(azure, reader, inputs.stateAccount, inputs.stateContainer).then((answer) =>
    evaluateStateAccount(answer, `${inputs.stateAccount}/${inputs.stateContainer}`, inputs.bootstrapState),
  );
  if (settings === undefined)
    return [await state, unknown('region, names and permissions', 'the configuration is wrong, so what it needs is not known')];
  const groups = await Promise.all([state.then((check) => [check]), ...questions(azure, session, settings)]);
  return groups.flat();
}

/** One promise per independent question, so that the slowest decides how long the whole takes. */
function questions(azure: Azure, session: Session, settings: Settings): Promise<Check[]>[] {
  const group = `/subscriptions/${session.subscriptionId}/resourceGroups/${settings.names['resource_group'] ?? ''}`;
  const external = textOf(settings, 'postgres_source') === 'external';
  const label = textOf(settings, 'dns_label');
  const providers = fetchProviders(azure);
  const permissions = fetchPermissions(azure, session.principalId);
  const deleted = fetchDeletedVaults(azure);
  const compute = fetchCompute(azure, settings);
  const clusterExists = azure.exists(
    `${group}/providers/Microsoft.ContainerService/managedClusters/${settings.names['aks_cluster'] ?? ''}`,
    '2025-05-01',
  );
  return [
    permissions.then((facts) => evaluatePermissions(facts, settings, session)),
    Promise.all([providers, permissions]).then(([facts, allowed]) => evaluateProviders(facts, allowed.permissions, settings)),
    providers.then((facts) => evaluateRedis(facts, settings)),
    Promise.all([compute, clusterExists]).then(([facts, exists]) => evaluateCompute(facts, settings, exists)),
    fetchKubernetesVersions(azure, settings).then((facts) => evaluateKubernetesVersion(facts, settings)),
    ...(textOf(settings, 'ingress_controller') === 'istio-addon'
      ? [fetchMeshRevisions(azure, settings).then((facts) => evaluateMesh(facts, settings))]
      : []),
    ...globalNames(settings, session.subscriptionId).map(async (name) => [
      evaluateName(await fetchName(azure, name, settings.location), await deleted, settings),
    ]),
    ...(label === '' ? [] : [fetchLabel(azure, settings, label).then((facts) => [evaluateLabel(facts, settings)])]),
    fetchSupplied(azure, settings, group).then(evaluateSupplied),
    vaultFirewall(azure, session, settings, group).then((check) => [check]),
    ...(external ? [postgres(azure, settings, compute, group)] : []),
  ];
}

async function vaultFirewall(azure: Azure, session: Session, settings: Settings, group: string): Promise<Check> {
  const name = settings.names['key_vault'] ?? '';
  const exists = await azure.exists(`${group}/providers/Microsoft.KeyVault/vaults/${name}`, '2026-02-01');
  const stands = 'known' in exists && exists.known;
  const read = stands ? await createSecretReader(`https://${name}.vault.azure.net/`, session.credential) : undefined;
  return evaluateVaultFirewall(await read?.('langsmith-license-key'), settings);
}

async function postgres(azure: Azure, settings: Settings, compute: ReturnType<typeof fetchCompute>, group: string): Promise<Check[]> {
  const [facts, quota, subscription, exists] = await Promise.all([
    fetchPostgres(azure, settings),
    compute,
    azure.get<{ subscriptionPolicies?: { quotaId?: string } }>('', '2022-12-01'),
    azure.exists(`${group}/providers/Microsoft.DBforPostgreSQL/flexibleServers/${settings.names['postgres'] ?? ''}`, '2024-08-01'),
  ]);
  const quotaId: Fact<string> =
    'unknown' in subscription ? subscription : { known: subscription.known.subscriptionPolicies?.quotaId ?? 'an offer ARM does not name' };
  return [
    ...evaluatePostgres(facts, settings, quotaId),
    postgresQuota(quota, settings, vmSizeOf(textOf(settings, 'postgres_sku_name')), exists),
  ];
}
