/** vCPUs of one quota: `cores` for the region, else a VM family. */
export interface Quota {
  readonly label: string;
  current: number;
  limit: number;
}

export interface VmSize {
  readonly name: string;
  readonly family: string;
  readonly vcpus: number;
  readonly zones: readonly string[];
  /** Zones, or the whole region, closed to this subscription. */
  closed?: readonly string[] | 'region';
}

type SupportPlans = readonly ('KubernetesOfficial' | 'AKSLongTermSupport')[];

export interface PostgresOffer {
  /** Size without azurerm's prefix -> edition. */
  readonly skus: ReadonlyMap<string, string>;
  readonly versions: readonly string[];
}

/**
 * What Azure has on offer for this subscription, the same in every region of the rehearsal. A test changes it; a kept world starts with
 * what is written here again.
 */
export interface Offers {
  /** Offer type of the subscription. */
  quotaId: string;
  /** Registration state by namespace. */
  readonly providers: Map<string, 'Registered' | 'NotRegistered' | 'Registering'>;
  /** By VM family or `cores`. */
  readonly quotas: Map<string, Quota>;
  readonly sizes: VmSize[];
  /** undefined: this offer gets no server here, and the list is empty. */
  postgres: PostgresOffer | undefined;
  /** Kubernetes minor -> support plans. */
  readonly kubernetes: Map<string, SupportPlans>;
  /** Kubernetes minors that are previews. */
  readonly previews: Set<string>;
  /** Istio add-on revision -> Kubernetes minors. */
  readonly mesh: Map<string, readonly string[]>;
  /** DNS labels of public addresses that belong to nobody here. */
  readonly takenLabels: Set<string>;
  /** Worldwide names of storage accounts and vaults that belong to somebody else. */
  readonly takenNames: Set<string>;
  /** Namespaces whose questions ARM answers with a 500. */
  readonly broken: Set<string>;
}

const ZONES = ['1', '2', '3'];
const FAMILIES: Readonly<Record<string, string>> = {
  standardDSv5Family: 'Standard DSv5 Family vCPUs',
  standardDDSv5Family: 'Standard DDSv5 Family vCPUs',
  standardDADSv6Family: 'Standard Dadsv6 Family vCPUs',
  standardEDSv5Family: 'Standard EDSv5 Family vCPUs',
};

const size = (name: string, family: string, vcpus: number): VmSize => ({ name, family, vcpus, zones: ZONES });

/** A pay-as-you-go subscription in good order. */
export function usualOffers(): Offers {
  const both: SupportPlans = ['KubernetesOfficial', 'AKSLongTermSupport'];
  const namespaces = ['Authorization', 'Cache', 'Compute', 'ContainerService', 'DBforPostgreSQL', 'Insights', 'KeyVault'];
  const others = ['ManagedIdentity', 'Network', 'OperationalInsights', 'Resources', 'Storage'];
  return {
    quotaId: 'PayAsYouGo_2014-09-01',
    providers: new Map([...namespaces, ...others].map((name) => [`Microsoft.${name}`, 'Registered'])),
    quotas: new Map([
      ['cores', { label: 'Total Regional vCPUs', current: 8, limit: 350 }],
      ...Object.entries(FAMILIES).map(([family, label]) => [family, { label, current: 0, limit: 200 }] as const),
    ]),
    sizes: [
      size('Standard_D4s_v5', 'standardDSv5Family', 4),
      size('Standard_D8s_v5', 'standardDSv5Family', 8),
      size('Standard_D16s_v5', 'standardDSv5Family', 16),
      size('Standard_D2ds_v5', 'standardDDSv5Family', 2),
      size('Standard_D8ds_v5', 'standardDDSv5Family', 8),
      size('Standard_D8ads_v6', 'standardDADSv6Family', 8),
      size('Standard_E4ds_v5', 'standardEDSv5Family', 4),
    ],
    postgres: {
      skus: new Map([
        ['Standard_B1ms', 'Burstable'],
        ['Standard_D2ds_v5', 'GeneralPurpose'],
        ['Standard_D8ds_v5', 'GeneralPurpose'],
        ['Standard_E4ds_v5', 'MemoryOptimized'],
      ]),
      versions: ['14', '15', '16', '17'],
    },
    kubernetes: new Map<string, SupportPlans>([
      ['1.33', ['AKSLongTermSupport']],
      ['1.34', both],
      ['1.35', both],
      ['1.36', both],
      ['1.37', both],
    ]),
    previews: new Set(['1.37']),
    mesh: new Map([
      ['asm-1-28', ['1.33', '1.34', '1.35']],
      ['asm-1-29', ['1.34', '1.35', '1.36']],
    ]),
    takenLabels: new Set(),
    takenNames: new Set(),
    broken: new Set(),
  };
}
