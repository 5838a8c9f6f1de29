import type { World } from '../world/world.js';
import { ArmError } from './arm-error.js';
import { route, type Authorize, type Call, type Route } from './arm-route.js';
import { json, readJson } from './reply.js';

const ACCOUNT = 'Microsoft.Storage/storageAccounts';
const GROUP = 'Microsoft.Resources/resourceGroups';
/** Azure makes an account in the background, in seconds. */
const ACCOUNT_MS = 400;

/** Making a resource group, a storage account and a container, which a run does once for the Terraform state. */
export function storageRoutes(world: World, authorize: Authorize): Route[] {
  const group = '(/subscriptions/[^/]+/resourceGroups/([^/]+))';
  const account = `(${group}/providers/Microsoft\\.Storage/storageAccounts/([^/]+))`;
  return [
    route('PUT', group, (call, [id = '', name = '']) => putGroup(world, authorize, call, id, name)),
    route('PUT', account, (call, [id = '', parent = '', , name = '']) => putAccount(world, authorize, call, id, parent, name)),
    route('GET', `${account}/blobServices/default`, (call, [id = '']) => getService(world, authorize, call, id)),
    route('PUT', `${account}/blobServices/default`, (call, [id = '']) => putService(world, authorize, call, id)),
    route('PUT', `${account}/blobServices/default/containers/([^/]+)`, (call, [id = '', , , , name = '']) =>
      putContainer(world, authorize, call, id, name),
    ),
  ];
}

interface Body {
  readonly location?: string;
  readonly tags?: Record<string, string>;
  readonly properties?: Record<string, unknown>;
}

async function putGroup(world: World, authorize: Authorize, call: Call, id: string, name: string): Promise<void> {
  authorize(call, `${GROUP}/write`, id);
  const { location, tags = {} } = (await readJson(call.request)) as Body;
  if (location === undefined) throw new ArmError(400, 'LocationRequired', `The location property is required for this definition.`);
  const known = world.resources.get(id) !== undefined;
  const stored = world.resources.put({ id, type: GROUP, name, location, tags, properties: { provisioningState: 'Succeeded' } });
  json(call.response, known ? 200 : 201, stored);
}

async function putAccount(world: World, authorize: Authorize, call: Call, id: string, parent: string, name: string): Promise<void> {
  authorize(call, `${ACCOUNT}/write`, id);
  required(world, parent, 'ResourceGroupNotFound', `Resource group '${parent.split('/').at(-1) ?? ''}' could not be found.`);
  const holder = world.resources.list(ACCOUNT).find((other) => other.name === name);
  if (world.offers.takenNames.has(name) || (holder !== undefined && holder.id.toLowerCase() !== id.toLowerCase()))
    throw new ArmError(409, 'StorageAccountAlreadyTaken', `The storage account named ${name} is already taken.`);
  const { location = '', tags = {}, properties = {} } = (await readJson(call.request)) as Body;
  const stored = world.resources.put({
    id,
    type: ACCOUNT,
    name,
    location,
    tags,
    properties: { minimumTlsVersion: 'TLS1_0', supportsHttpsTrafficOnly: true, ...properties, provisioningState: 'ResolvingDNS' },
  });
  setTimeout(() => (stored.properties = { ...stored.properties, provisioningState: 'Succeeded' }), ACCOUNT_MS).unref();
  call.response.writeHead(202, { location: `https://management.azure.com${id}/asyncoperations/1?api-version=2024-01-01` }).end();
}

/** The blob service is there with the account; its settings are off until somebody turns them on. */
function getService(world: World, authorize: Authorize, call: Call, account: string): void {
  authorize(call, `${ACCOUNT}/blobServices/read`, account);
  required(world, account, 'ResourceNotFound', `The Resource '${account}' was not found.`);
  const off = { cors: { corsRules: [] }, deleteRetentionPolicy: { enabled: false } };
  const id = `${account}/blobServices/default`;
  json(call.response, 200, {
    id,
    name: 'default',
    type: `${ACCOUNT}/blobServices`,
    properties: world.resources.get(id)?.properties ?? off,
  });
}

async function putService(world: World, authorize: Authorize, call: Call, account: string): Promise<void> {
  authorize(call, `${ACCOUNT}/blobServices/write`, account);
  required(world, account, 'ResourceNotFound', `The Resource '${account}' was not found.`);
  const { properties = {} } = (await readJson(call.request)) as Body;
  const id = `${account}/blobServices/default`;
  json(call.response, 200, world.resources.put({ id, type: `${ACCOUNT}/blobServices`, name: 'default', properties }));
}

async function putContainer(world: World, authorize: Authorize, call: Call, account: string, name: string): Promise<void> {
  authorize(call, `${ACCOUNT}/blobServices/containers/write`, account);
  required(world, account, 'ResourceNotFound', `The Resource '${account}' was not found.`);
  const { properties = {} } = (await readJson(call.request)) as Body;
  const known = world.resources.get(call.path) !== undefined;
  const stored = world.resources.put({ id: call.path, type: `${ACCOUNT}/blobServices/containers`, name, properties });
  json(call.response, known ? 200 : 201, stored);
}

function required(world: World, id: string, code: string, message: string): void {
  if (world.resources.get(id) === undefined) throw new ArmError(404, code, message);
}
