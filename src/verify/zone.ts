import type { Outputs } from '../phases/outputs.js';

/** The deployment's own DNS zone, in which pass 1 keeps the record for the host name. */
export interface OwnZone {
  readonly name: string;
  /** Servers that the zone above must name in NS records. */
  readonly nameservers: readonly string[];
  /** What its record for the host name leads to, an address or a host name; '' while there is none. */
  readonly record: string;
}

type ZoneOutputs = Pick<Outputs, 'dns_zone_name' | 'dns_nameservers' | 'dns_record'>;

export const ownZone = ({ dns_zone_name: name, dns_nameservers: nameservers, dns_record: record }: ZoneOutputs): OwnZone | undefined =>
  name === '' ? undefined : { name, nameservers, record };

/** What only the owner of the zone above can do. */
export const delegationOf = (zone: string, nameservers: readonly string[]): string =>
  `${zone} must be delegated, by NS records in the zone above it, to ${nameservers.join(', ')}`;

/**
 * What the record lacks, and the two steps that mend it; undefined where it leads to the deployment.
 * PURE. @param addresses where the record may lead; not empty.
 */
export function recordProblem({ name, record }: OwnZone, addresses: readonly string[]): string | undefined {
  const [address = ''] = addresses;
  const isAddress = /^[\d.]+$/.test(record);
  if (record !== '' && (!isAddress || addresses.includes(record))) return undefined;
  const found = record === '' ? 'has no record for it yet' : `leads it to ${record}`;
  return `the zone ${name} ${found}: set ingress_ip = "${address}" in the configuration and run passes 1 and 2 again`;
}
