import { createHash } from 'node:crypto';
import { DeployError, FAILURE_REASONS, messageOf } from '../errors.js';
import { until, type Patience } from '../retry.js';
import { armErrorText, type Arm, type ArmResponse } from '../tools/arm.js';
import type { ContainerReader } from '../tools/blob.js';
import type { Inputs } from './inputs.js';
import type { Session } from './login.js';

export interface BootstrapTools {
  /** The region of the deployment. */
  readonly location: string;
  readonly look: ContainerReader;
  /** How long Azure may take to make the account and to believe a fresh role. */
  readonly patience: Patience;
}

/** Storage accounts take seconds, role assignments minutes. */
export const BOOTSTRAP_PATIENCE: Patience = { deadlineMs: 10 * 60_000, firstPauseMs: 500, maximumPauseMs: 10_000 };

/** What the phase made, in order; empty when everything stood. */
export type Bootstrapped = readonly string[];

/** API versions: Microsoft.Resources, Microsoft.Storage, Microsoft.Authorization. */
const RESOURCES = '2022-09-01';
const STORAGE = '2024-01-01';
const AUTHORIZATION = '2022-04-01';

/** Role definition ids, the same in every tenant. */
const BLOB_CONTRIBUTOR = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe';
const BLOB_OWNER = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b';

/** Versions and deleted blobs are kept this long. */
const RETENTION_DAYS = 30;

/**
 * The storage account and container of the Terraform state, and the deploying identity's role on the container. What stands is looked at
 * and left alone; only `apply` makes what is missing.
 * @throws DeployError `state-unsafe`, `state-forbidden`, `state-unreachable`.
 */
export async function bootstrapState(inputs: Inputs, session: Session, tools: BootstrapTools): Promise<Bootstrapped> {
  const azure = new Subscription(session.arm);
  const group = `/subscriptions/${session.subscriptionId}/resourceGroups/${inputs.stateResourceGroup}`;
  const account = `${group}/providers/Microsoft.Storage/storageAccounts/${inputs.stateAccount}`;
  const service = `${account}/blobServices/default`;
  const container = `${service}/containers/${inputs.stateContainer}`;
  const made: string[] = [];
  const make = async (what: string, path: string, version: string, body: object): Promise<void> => {
    if (inputs.command !== 'apply') throw notThere(what);
    await azure.put(what, path, version, body);
    made.push(what);
  };

  if ((await azure.get('resource group', group, RESOURCES)) === undefined)
    await make(`resource group ${inputs.stateResourceGroup}`, group, RESOURCES, { location: tools.location, tags: TAGS });
  const found = await azure.get('storage account', account, STORAGE);
  if (found === undefined) {
    await refuseForeignName(azure, inputs, session);
    await make(`storage account ${inputs.stateAccount}`, account, STORAGE, accountBody(tools.location));
    await azure.awaitReady(account, tools.patience);
    await make('versioning and soft delete of its blobs', service, STORAGE, { properties: SERVICE });
  } else {
    refuseUnsafe(inputs, accountProblems(found.properties));
    const problems = serviceProblems((await azure.get('blob service', service, STORAGE))?.properties);
    // An account of ours without versions is what a run that was killed half-way left.
    if (found.tags?.['managed_by'] !== TAGS.managed_by) refuseUnsafe(inputs, problems);
    else if (problems.length > 0) await make('versioning and soft delete of its blobs', service, STORAGE, { properties: SERVICE });
  }
  const existing = await azure.get('container', container, STORAGE);
  if (existing === undefined)
    await make(`container ${inputs.stateContainer}`, container, STORAGE, { properties: { publicAccess: 'None' } });
  else refuseUnsafe(inputs, containerProblems(existing.properties));
  await grantRole(azure, inputs, session, { container, make, tools });
  return made;
}

const TAGS = { project: 'langsmith', managed_by: 'langsmith-azure' };

const SERVICE = {
  isVersioningEnabled: true,
  deleteRetentionPolicy: { enabled: true, days: RETENTION_DAYS },
  containerDeleteRetentionPolicy: { enabled: true, days: RETENTION_DAYS },
};

/** LRS is the one redundancy that every region has; versions and soft delete guard against the losses that happen. */
const accountBody = (location: string): object => ({
  location,
  kind: 'StorageV2',
  sku: { name: 'Standard_LRS' },
  tags: TAGS,
  properties: {
    allowSharedKeyAccess: false,
    allowBlobPublicAccess: false,
    allowCrossTenantReplication: false,
    defaultToOAuthAuthentication: true,
    minimumTlsVersion: 'TLS1_2',
    supportsHttpsTrafficOnly: true,
  },
});

type Properties = Readonly<Record<string, unknown>>;

/** Something that stands, as ARM shows it. */
interface Resource {
  readonly properties: Properties;
  readonly tags?: Readonly<Record<string, string>>;
}

function accountProblems(account: Properties): string[] {
  // ARM leaves out what was never set, and the defaults of old accounts are not the safe ones.
  return [
    ...(account['allowSharedKeyAccess'] === false ? [] : ['shared keys are on (allowSharedKeyAccess)']),
    ...(account['allowBlobPublicAccess'] === false ? [] : ['containers may be made public (allowBlobPublicAccess)']),
    ...(['TLS1_2', 'TLS1_3'].includes(String(account['minimumTlsVersion'])) ? [] : ['TLS below 1.2 is admitted (minimumTlsVersion)']),
    ...(account['supportsHttpsTrafficOnly'] === false ? ['plain HTTP is admitted (supportsHttpsTrafficOnly)'] : []),
  ];
}

function serviceProblems(service: Properties | undefined): string[] {
  const enabled = (policy: string): boolean => (service?.[policy] as { enabled?: boolean } | undefined)?.enabled === true;
  return [
    ...(service?.['isVersioningEnabled'] === true ? [] : ['blobs have no versions (isVersioningEnabled)']),
    ...(enabled('deleteRetentionPolicy') ? [] : ['deleted blobs are gone at once (deleteRetentionPolicy)']),
    ...(enabled('containerDeleteRetentionPolicy') ? [] : ['deleted containers are gone at once (containerDeleteRetentionPolicy)']),
  ];
}

const containerProblems = ({ publicAccess }: Properties): string[] =>
  typeof publicAccess === 'string' && publicAccess !== 'None' ? [`the container is public (publicAccess ${publicAccess})`] : [];

/** An account that somebody set up otherwise is theirs to change: other things may depend on it. */
function refuseUnsafe({ stateAccount, stateResourceGroup }: Inputs, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const target = `--account-name ${stateAccount} --resource-group ${stateResourceGroup}`;
  throw new DeployError('state-unsafe', `${stateAccount}: ${problems.join('; ')}`, {
    fix: [
      'Correct it, or name another state-account:',
      `az storage account update --name ${stateAccount} --resource-group ${stateResourceGroup} --allow-shared-key-access false --allow-blob-public-access false --min-tls-version TLS1_2 --https-only true`,
      `az storage account blob-service-properties update ${target} --enable-versioning true --enable-delete-retention true --delete-retention-days ${RETENTION_DAYS} --enable-container-delete-retention true --container-delete-retention-days ${RETENTION_DAYS}`,
    ].join('\n'),
  });
}

/** Names of accounts are worldwide: this one may stand in another group of ours, or belong to somebody else. */
async function refuseForeignName(azure: Subscription, { stateAccount, stateResourceGroup }: Inputs, session: Session): Promise<void> {
  const name = { name: stateAccount, type: 'Microsoft.Storage/storageAccounts' };
  const subscription = `/subscriptions/${session.subscriptionId}/providers/Microsoft.Storage`;
  const answer = (await azure.ask(`${subscription}/checkNameAvailability`, name)) as { nameAvailable?: boolean; message?: string };
  if (answer.nameAvailable === true) return;
  const { value = [] } = (await azure.read('storage accounts', `${subscription}/storageAccounts`, STORAGE)) as {
    value?: readonly { id: string; name: string }[];
  };
  const elsewhere = value.find((account) => account.name === stateAccount)?.id.split('/')[4];
  throw new DeployError(
    'state-unsafe',
    elsewhere === undefined
      ? `${stateAccount} is not in the resource group ${stateResourceGroup}, and the name cannot be had: ${answer.message ?? 'it is taken'}`
      : `${stateAccount} stands in the resource group ${elsewhere}, not in ${stateResourceGroup}`,
    {
      fix:
        elsewhere === undefined
          ? 'Choose another state-account: somebody else has this name.'
          : `Set state-resource-group to ${elsewhere}.`,
    },
  );
}

interface Grant {
  readonly container: string;
  readonly make: (what: string, path: string, version: string, body: object) => Promise<void>;
  readonly tools: BootstrapTools;
}

/** Grants the role unless it is there, inherited or through a group, and waits until the data plane believes it. */
async function grantRole(azure: Subscription, inputs: Inputs, session: Session, { container, make, tools }: Grant): Promise<void> {
  const assignments = `${container}/providers/Microsoft.Authorization/roleAssignments`;
  const { value = [] } = (await azure.read('role assignments', assignments, AUTHORIZATION, {
    $filter: `assignedTo('${session.principalId}')`,
  })) as { value?: readonly { properties: { roleDefinitionId: string } }[] };
  const has = value.some(({ properties }) =>
    [BLOB_CONTRIBUTOR, BLOB_OWNER].some((role) => properties.roleDefinitionId.toLowerCase().endsWith(role)),
  );
  if (!has) {
    await make(
      `role Storage Blob Data Contributor on ${inputs.stateContainer}`,
      `${assignments}/${assignmentName(container, session)}`,
      AUTHORIZATION,
      {
        properties: {
          roleDefinitionId: `/subscriptions/${session.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${BLOB_CONTRIBUTOR}`,
          principalId: session.principalId,
          principalType: 'ServicePrincipal',
        },
      },
    );
  }
  let last = '';
  const believed = await until(tools.patience, async () => {
    const answer = await tools.look(inputs.stateAccount, inputs.stateContainer);
    last = 'message' in answer ? answer.message : answer.kind;
    return answer.kind === 'allowed' ? true : undefined;
  });
  if (believed === true) return;
  throw new DeployError(
    'state-forbidden',
    `${inputs.stateAccount}/${inputs.stateContainer}: the role is granted, but Blob storage still says ${last} after ${Math.round(tools.patience.deadlineMs / 1000)} s`,
    { fix: 'Run again; if it stays so, check that the account admits this runner (its firewall).' },
  );
}

/** The same name for the same grant, so that two runs make one assignment. */
function assignmentName(container: string, { principalId }: Session): string {
  const digest = createHash('sha256').update(`${container}/${principalId}/${BLOB_CONTRIBUTOR}`.toLowerCase()).digest('hex');
  return [digest.slice(0, 8), digest.slice(8, 12), `5${digest.slice(13, 16)}`, `8${digest.slice(17, 20)}`, digest.slice(20, 32)].join('-');
}

const notThere = (what: string): DeployError =>
  new DeployError('state-unreachable', `there is no ${what} yet`, {
    fix: 'Run pass 1 with command apply and bootstrap-state: true once; a plan creates nothing.',
  });

/** ARM in the words of this phase: what stands, or undefined; refusals as failures of it. */
class Subscription {
  constructor(private readonly arm: Arm) {}

  /** The resource, or undefined when there is none. */
  async get(what: string, path: string, version: string): Promise<Resource | undefined> {
    const response = await this.#send(what, 'GET', path, version);
    if (response.status === 404) return undefined;
    demand(what, response, [200]);
    return { properties: {}, ...(response.body as Partial<Resource>) };
  }

  async read(what: string, path: string, version: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    return demand(what, await this.#send(what, 'GET', path, version, query), [200]).body;
  }

  async ask(path: string, question: object): Promise<unknown> {
    return demand('name availability', await this.#send('name availability', 'POST', path, STORAGE, {}, question), [200]).body;
  }

  /** The grant of another run, or one made by hand, is as good as ours. */
  async put(what: string, path: string, version: string, body: object): Promise<void> {
    const response = await this.#send(what, 'PUT', path, version, {}, body);
    if (response.status === 409 && /RoleAssignmentExists/.test(armErrorText(response))) return;
    demand(what, response, [200, 201, 202]);
  }

  /** ARM accepts an account at once and makes it afterwards. */
  async awaitReady(account: string, patience: Patience): Promise<void> {
    const ready = await until(patience, async () => {
      const resource = await this.get('storage account', account, STORAGE);
      return resource?.properties['provisioningState'] === 'Succeeded' ? true : undefined;
    });
    if (ready !== true)
      throw new DeployError('state-unreachable', `the storage account was not ready after ${Math.round(patience.deadlineMs / 1000)} s`);
  }

  async #send(what: string, ...[method, path, version, query, body]: Parameters<Arm>): Promise<ArmResponse> {
    try {
      return await this.arm(method, path, version, query, body);
    } catch (error) {
      throw new DeployError('state-unreachable', `${what}: ${messageOf(error)}`, { cause: error });
    }
  }
}

function demand(what: string, response: ArmResponse, good: readonly number[]): ArmResponse {
  if (good.includes(response.status)) return response;
  const detail = `${what}: ${armErrorText(response)}`;
  if (response.status === 403)
    throw new DeployError('state-forbidden', detail, {
      fix: 'Grant the identity Contributor and Role Based Access Control Administrator on the subscription or the state resource group.',
    });
  throw new DeployError('state-unreachable', detail, { fix: FAILURE_REASONS['state-unreachable'].fix });
}

/** One line for the step summary. */
export const describeBootstrap = (made: Bootstrapped): string => (made.length === 0 ? 'everything stands' : `made ${made.join(', ')}`);
