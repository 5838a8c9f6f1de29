import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { World } from '../world/world.js';
import { AZURERM } from './bindings/azurerm.js';
import { PROVIDER_SERVICE } from './protocol.js';
import { ProviderService, type ProviderEvent, type ProviderSettings } from './provider.js';

export type { ProviderEvent } from './provider.js';

const SOURCE = 'registry.terraform.io/hashicorp/azurerm';
const PROTOCOL_VERSION = 5;

export interface TerraformProviders {
  /** Add to a terraform command's environment; any number of commands may run at once. */
  readonly env: Readonly<Record<'TF_REATTACH_PROVIDERS', string>>;
  /** What was done, in order of completion. */
  readonly log: readonly ProviderEvent[];
  stop(): Promise<void>;
}

/**
 * Serves the azurerm stand-in on a loopback port for the real terraform, acting on `world` as `world.deployer()`: sign somebody in before
 * a configuration reads who it is. `createDelayMs` (default 50) is how long a create takes; `clusterCaPem` goes into kubeconfigs.
 * Never run terraform synchronously in the same process: it would wait for a server that cannot answer.
 */
export async function startTerraformProviders(world: World, options: Partial<ProviderSettings> = {}): Promise<TerraformProviders> {
  const service = new ProviderService(AZURERM, world, { createDelayMs: 50, clusterCaPem: '', ...options });
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  server.addService(PROVIDER_SERVICE, service.handlers());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const reattach = {
    [SOURCE]: {
      Protocol: 'grpc',
      ProtocolVersion: PROTOCOL_VERSION,
      Pid: process.pid,
      // Without this terraform would kill the process named above when it is done.
      Test: true,
      Addr: { Network: 'tcp', String: `127.0.0.1:${port}` },
    },
  };
  return {
    env: { TF_REATTACH_PROVIDERS: JSON.stringify(reattach) },
    log: service.log,
    stop: async () => {
      service.stopAll();
      server.forceShutdown();
    },
  };
}
