import { randomBytes } from 'node:crypto';
import { BlockList } from 'node:net';
import type { Faults } from './faults.js';
import type { ResourceStore } from './resources.js';

export interface SecretVersion {
  /** 32 hex digits. */
  readonly version: string;
  readonly value: string;
  readonly contentType?: string | undefined;
  readonly createdAt: number;
}

export interface Vault {
  readonly name: string;
  readonly resourceId: string;
  readonly tenantId: string;
  /** `https://<name>.vault.azure.net/`. */
  readonly uri: string;
  networkDefault: 'Allow' | 'Deny';
  /** Addresses or CIDR ranges, as ARM's `ipRules` hold them. */
  allowedIps: string[];
  purgeProtection: boolean;
  /** Of a deleted vault: when its name is free again (ms since the epoch). */
  purgedAt?: number;
  readonly secrets: Map<string, SecretVersion[]>;
}

/** By name in lower case, values included. */
export interface VaultsSnapshot {
  readonly live: ReadonlyMap<string, Vault>;
  readonly softDeleted: ReadonlyMap<string, Vault>;
}

/** Why the data plane says no. */
export type VaultRefusal = 'ForbiddenByRbac' | 'ForbiddenByFirewall';

const READERS = ['Key Vault Secrets User', 'Key Vault Secrets Officer', 'Key Vault Administrator'];
const WRITERS = ['Key Vault Secrets Officer', 'Key Vault Administrator'];

/** Key Vaults of the whole cloud (names are global), live and soft-deleted, each by its name in lower case. */
export class Vaults {
  readonly live = new Map<string, Vault>();
  readonly softDeleted = new Map<string, Vault>();

  constructor(
    private readonly resources: ResourceStore,
    private readonly faults: Faults,
  ) {}

  snapshot(): VaultsSnapshot {
    return { live: this.live, softDeleted: this.softDeleted };
  }

  /** For a cloud without vaults. */
  restore({ live, softDeleted }: VaultsSnapshot): void {
    for (const [name, vault] of live) this.live.set(name, vault);
    for (const [name, vault] of softDeleted) this.softDeleted.set(name, vault);
  }

  /** Data-plane permission of `principalId`, seen from `clientIp`. */
  refusal(vault: Vault, principalId: string, action: 'read' | 'write', clientIp: string): VaultRefusal | undefined {
    if (this.faults.vaultFirewallClosed || (vault.networkDefault === 'Deny' && !contains(vault.allowedIps, clientIp)))
      return 'ForbiddenByFirewall';
    return this.resources.hasRole(principalId, action === 'read' ? READERS : WRITERS, vault.resourceId) ? undefined : 'ForbiddenByRbac';
  }

  setSecret(vault: Vault, name: string, value: string, contentType: string | undefined, now: number): SecretVersion {
    const version: SecretVersion = { version: randomBytes(16).toString('hex'), value, contentType, createdAt: now };
    vault.secrets.set(name, [...(vault.secrets.get(name) ?? []), version]);
    return version;
  }

  /** Newest version, or undefined. */
  secret(vault: Vault, name: string): SecretVersion | undefined {
    return vault.secrets.get(name)?.at(-1);
  }
}

function contains(ranges: readonly string[], address: string): boolean {
  const allowed = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix = '32'] = range.split('/');
    allowed.addSubnet(network, Number(prefix));
  }
  return allowed.check(address);
}
