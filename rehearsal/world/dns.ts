import type { Faults } from './faults.js';
import type { ArmResource, ResourceStore } from './resources.js';

const PUBLIC_IP = 'Microsoft.Network/publicIPAddresses';
const ZONE = 'Microsoft.Network/dnsZones';
const RECORD = 'Microsoft.Network/dnsZones/A';
const ALIAS = 'Microsoft.Network/dnsZones/CNAME';

/** Longer chains of aliases are loops. */
const LONGEST_CHAIN = 8;

/** The public DNS, as far as this world reaches: names of Azure's addresses, the subscription's zones, and records that somebody else keeps. */
export class Dns {
  /** Host name → IPv4 address or another host name, for domains whose DNS is not in the subscription. */
  readonly records: Map<string, string>;

  constructor(
    private readonly resources: ResourceStore,
    private readonly faults: Faults,
    records: Readonly<Record<string, string>> = {},
  ) {
    this.records = new Map(Object.entries(records));
  }

  /** The address behind a host name; undefined when nobody on the internet could find one. */
  resolve(host: string): string | undefined {
    let name = host.toLowerCase();
    for (let step = 0; step < LONGEST_CHAIN; step += 1) {
      if (/^\d+(\.\d+){3}$/.test(name)) return name;
      const next = this.records.get(name) ?? this.#azureName(name) ?? this.#inZone(name);
      if (next === undefined) return undefined;
      name = next.toLowerCase();
    }
    return undefined;
  }

  /** The zone of the subscription that a host name lies in: the one with the longest name. */
  zoneOf(host: string): ArmResource | undefined {
    return this.resources
      .list(ZONE)
      .filter((zone) => host === zone.name || host.endsWith(`.${zone.name}`))
      .sort((a, b) => b.name.length - a.name.length)[0];
  }

  /** Do the parent's name servers point to the zone, so that the internet sees what is in it? */
  isDelegated(zone: ArmResource): boolean {
    return !this.faults.zonesNotDelegated.has(zone.name);
  }

  #azureName(host: string): string | undefined {
    const address = this.resources.list(PUBLIC_IP).find((candidate) => fqdnOf(candidate) === host)?.properties['ipAddress'];
    return typeof address === 'string' ? address : undefined;
  }

  #inZone(host: string): string | undefined {
    const zone = this.zoneOf(host);
    if (!zone || !this.isDelegated(zone)) return undefined;
    const label = host === zone.name ? '@' : host.slice(0, -zone.name.length - 1);
    const recordOf = (kind: 'A' | 'CNAME', type: string, name: string): ArmResource | undefined => {
      const found = this.resources.get(`${zone.id}/${kind}/${name}`);
      return found?.type === type ? found : undefined;
    };
    for (const name of [label, '*']) {
      const alias = recordOf('CNAME', ALIAS, name)?.properties['record'];
      if (typeof alias === 'string') return alias;
      const [address] = (recordOf('A', RECORD, name)?.properties['records'] ?? []) as string[];
      if (address !== undefined) return address;
    }
    return undefined;
  }
}

/** The DNS name of a public IP address, whether Terraform or the cloud provider of a cluster made it. */
export function fqdnOf(address: ArmResource): string | undefined {
  const { fqdn, dnsSettings } = address.properties as { fqdn?: string | null; dnsSettings?: { fqdn?: string } };
  return dnsSettings?.fqdn ?? fqdn ?? undefined;
}
