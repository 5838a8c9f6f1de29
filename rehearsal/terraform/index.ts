import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { World } from '../world/world.js';
import { AZURERM } from './bindings/azurerm.js';
import { HELM } from './bindings/helm.js';
import { KUBERNETES_OBJECTS } from './bindings/kubernetes-objects.js';
import type { ProviderDefinition } from './engine/engine.js';
import { PROVIDER_SERVICES } from './protocol.js';
import { ProviderService, type ProviderEvent, type ProviderSettings } from './provider.js';

export type { ClusterPrograms } from './bindings/binding.js';
export type { ProviderEvent } from './provider.js';

const PROVIDERS: readonly ProviderDefinition[] = [AZURERM, KUBERNETES_OBJECTS, HELM];

export interface TerraformProviders {
  /** Add to a terraform command's environment; any number of commands may run at once. */
  readonly env: Readonly<Record<'TF_REATTACH_PROVIDERS', string>>;
  /** What was done, in order of completion. */
  readonly log: readonly ProviderEvent[];
  stop(): Promise<void>;
}

/**
 * Serves the stand-ins of azurerm, kubernetes and helm on loopback ports for the real terraform. azurerm acts on `world` as
 * `world.deployer()`: sign somebody in before a configuration reads who it is; the other two act on whatever cluster their configuration
 * names, with its credentials. `createDelayMs` (default 50) is how long a create in Azure takes; `clusterCaPem` goes into kubeconfigs.
 * Never run terraform synchronously in the same process: it would wait for a server that cannot answer.
 */
export async function startTerraformProviders(world: World, options: Partial<ProviderSettings> = {}): Promise<TerraformProviders> {
  const settings = { createDelayMs: 50, clusterCaPem: '', ...options };
  const log: ProviderEvent[] = [];
  const running = await Promise.all(
    PROVIDERS.map((definition) => serve(definition, new ProviderService(definition, world, settings, log))),
  );
  return {
    env: { TF_REATTACH_PROVIDERS: JSON.stringify(Object.fromEntries(running.map(({ source, reattach }) => [source, reattach]))) },
    log,
    stop: async () => {
      for (const { stop } of running) stop();
    },
  };
}

interface Served {
  readonly source: string;
  readonly reattach: object;
  readonly stop: () => void;
}

async function serve({ source, protocol }: ProviderDefinition, service: ProviderService): Promise<Served> {
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  server.addService(PROVIDER_SERVICES[protocol], service.handlers());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const reattach = {
    Protocol: 'grpc',
    ProtocolVersion: protocol,
    Pid: process.pid,
    // Without this terraform would kill the process named above when it is done.
    Test: true,
    Addr: { Network: 'tcp', String: `127.0.0.1:${port}` },
  };
  return {
    source,
    reattach,
    stop: () => {
      service.stopAll();
      server.forceShutdown();
    },
  };
}
