import { describe, expect, it } from '@jest/globals';
import { evaluateCompute, postgresQuota, type ComputeFacts, type Sku, type Usage } from '../../../../src/preflight/checks/compute.js';
import { evaluateKubernetesVersion, evaluateMesh } from '../../../../src/preflight/checks/kubernetes.js';
import { evaluatePostgres, vmSizeOf, type Capability } from '../../../../src/preflight/checks/postgres.js';
import { evaluateProviders, isOffered } from '../../../../src/preflight/checks/providers.js';
import { evaluateRedis } from '../../../../src/preflight/checks/redis.js';
import { neededProviders } from '../../../../src/preflight/needs.js';
import { settingsFor } from '../settings-for.js';

const sku = (name: string, vcpus: number, more: Partial<Sku> = {}): Sku => ({
  resourceType: 'virtualMachines',
  name,
  family: 'standardDSv5Family',
  capabilities: [{ name: 'vCPUs', value: String(vcpus) }],
  locationInfo: [{ zones: ['1', '2'] }],
  restrictions: [],
  ...more,
});
const usage = (value: string, currentValue: number, limit: number): Usage => ({ currentValue, limit, name: { value } });
const SKUS = [sku('Standard_D8s_v5', 8), sku('Standard_D16s_v5', 16), sku('Standard_D2ds_v5', 2, { family: 'standardDDSv5Family' })];
const facts = (skus: readonly Sku[], ...usages: Usage[]): ComputeFacts => ({ skus: { known: skus }, usages: { known: usages } });
const ABSENT = { known: false };
const AMPLE = [usage('standardDSv5Family', 0, 200), usage('cores', 0, 300)];
const statuses = (given: ComputeFacts, variables = {}, exists = ABSENT): string[] =>
  evaluateCompute(given, settingsFor(variables), exists).map(({ status }) => status);

describe('evaluateCompute', () => {
  it('T051: compares the quota with what the pools start with, and with full scale and surge', () => {
    expect(statuses(facts(SKUS, ...AMPLE))).toEqual(['ok', 'ok']);
    // 3 x 8 to start; (10 + 1) x 8 + (2 + 1) x 16 = 136 at full scale during an upgrade.
    expect(statuses(facts(SKUS, usage('standardDSv5Family', 0, 136), usage('cores', 0, 136)))).toEqual(['ok', 'ok']);
    expect(statuses(facts(SKUS, usage('standardDSv5Family', 0, 135), usage('cores', 0, 300)))).toEqual(['ok', 'warning']);
    expect(statuses(facts(SKUS, usage('standardDSv5Family', 10, 33), usage('cores', 10, 300)))).toEqual(['ok', 'blocker']);
  });

  it('T051: counts no node of a cluster that stands twice', () => {
    expect(statuses(facts(SKUS, usage('standardDSv5Family', 90, 100), usage('cores', 90, 100)), {}, { known: true })).toEqual(['ok', 'ok']);
  });

  it('a size that is not offered, closed, or not in a zone is a blocker (T054)', () => {
    const [, large] = SKUS as [Sku, Sku];
    expect(statuses(facts([large], ...AMPLE))[0]).toBe('blocker');
    const closed = sku('Standard_D8s_v5', 8, { restrictions: [{ type: 'Location', reasonCode: 'NotAvailableForSubscription' }] });
    expect(evaluateCompute(facts([closed, large], ...AMPLE), settingsFor(), ABSENT)[0]?.detail).toContain('NotAvailableForSubscription');
    expect(statuses(facts(SKUS, ...AMPLE), { availability_zones: ['1', '3'] })[0]).toBe('blocker');
    expect(statuses(facts(SKUS, ...AMPLE), { availability_zones: ['1', '2'] })[0]).toBe('ok');
  });

  it('says unknown when a list cannot be read or lacks the family', () => {
    expect(statuses({ skus: { unknown: 'x' }, usages: { known: [] } })).toEqual(['unknown', 'unknown']);
    expect(statuses({ skus: { known: SKUS }, usages: { unknown: 'x' } })).toEqual(['ok', 'unknown']);
    expect(statuses(facts(SKUS, usage('cores', 0, 300)))).toEqual(['ok', 'unknown']);
  });
});

describe('PostgreSQL', () => {
  const offer: Capability = {
    restricted: 'Disabled',
    supportedServerEditions: [
      { name: 'GeneralPurpose', supportedServerSkus: [{ name: 'Standard_D2ds_v5', supportedHaMode: ['SameZone'] }] },
    ],
    supportedServerVersions: [{ name: '16' }],
  };
  const external = (variables = {}) => settingsFor({ postgres_source: 'external', ...variables });
  const PAID = { known: 'PayAsYouGo_2014-09-01' };
  const check = (known: readonly Capability[], variables = {}, quotaId = PAID) =>
    evaluatePostgres({ known }, external(variables), quotaId).map(({ status }) => status);

  it('T070: an empty list means unavailable, an error means unknown', () => {
    expect(check([])).toEqual(['blocker']);
    expect(check([{ ...offer, restricted: 'Enabled' }])).toEqual(['blocker']);
    expect(evaluatePostgres({ unknown: 'HTTP 500' }, external(), PAID)[0]?.status).toBe('unknown');
  });

  it('T070: verifies version, size and zone redundancy in the answer', () => {
    expect(check([offer])).toEqual(['ok']);
    expect(check([offer], { postgres_version: '11', postgres_sku_name: 'MO_Standard_E4ds_v5' })).toEqual(['blocker', 'blocker']);
    expect(check([offer], { postgres_high_availability: true })).toEqual(['blocker']);
  });

  it('T071: a restricted offer only warns, and the list decides', () => {
    expect(check([offer], {}, { known: 'Sponsored_2016-01-01' })).toEqual(['ok', 'warning']);
    expect(check([offer], {}, { known: 'EnterpriseAgreement_2014-09-01' })).toEqual(['ok']);
  });

  it('T072: draws on the quota of the VM family its size is made of', () => {
    expect(vmSizeOf('GP_Standard_D2ds_v5')).toBe('Standard_D2ds_v5');
    const status = (limit: number, variables = {}) =>
      postgresQuota(facts(SKUS, usage('standardDDSv5Family', 0, limit)), external(variables), 'Standard_D2ds_v5', ABSENT).status;
    expect(status(2)).toBe('ok');
    expect(status(0)).toBe('blocker');
    expect(status(2, { postgres_high_availability: true })).toBe('blocker');
    expect(postgresQuota(facts(SKUS), external(), 'Standard_X1', ABSENT).status).toBe('unknown');
  });

  it('is not asked about while it runs in the cluster', () => {
    expect(evaluatePostgres({ known: [] }, settingsFor(), PAID)).toEqual([]);
  });
});

describe('Redis', () => {
  const providers = {
    known: [
      {
        namespace: 'Microsoft.Cache',
        registrationState: 'Registered',
        resourceTypes: [{ resourceType: 'redisEnterprise', locations: ['West Europe'] }],
      },
    ],
  };
  const check = (variables: object) =>
    evaluateRedis(providers, settingsFor({ redis_source: 'external', redis_kind: 'managed', ...variables }));

  it('T013 T096: claims the region and nothing about room or name', () => {
    expect(isOffered(providers.known, 'Microsoft.Cache', 'redisEnterprise', 'westeurope')).toBe(true);
    expect(check({}).map(({ status }) => status)).toEqual(['ok', 'unknown']);
    expect(check({ redis_location: 'mars' }).map(({ status }) => status)).toEqual(['blocker', 'unknown']);
  });

  it('T094: warns of Balanced_B0', () => {
    expect(check({ redis_sku_name: 'Balanced_B0' }).map(({ status }) => status)).toContain('warning');
  });
});

describe('Kubernetes and mesh', () => {
  const official = { supportPlan: ['KubernetesOfficial', 'AKSLongTermSupport'] };
  const versions = [
    { version: '1.35', capabilities: { supportPlan: ['AKSLongTermSupport'] } },
    { version: '1.36', capabilities: official },
    { version: '1.37', capabilities: official, isPreview: true },
  ];
  const version = (wanted: string) => evaluateKubernetesVersion({ known: versions }, settingsFor({ kubernetes_version: wanted }))[0];

  it('T050: a minor left to long-term support, or gone, is a blocker that names those that work', () => {
    expect(version('1.36')?.status).toBe('ok');
    expect(version('1.37')?.status).toBe('warning');
    expect(version('1.35')).toMatchObject({ status: 'blocker', fix: 'Set kubernetes_version to one of 1.36' });
    expect(version('1.30')?.status).toBe('blocker');
    expect(evaluateKubernetesVersion({ unknown: 'x' }, settingsFor())[0]?.status).toBe('unknown');
  });

  it('T053: a revision that is retired or does not fit the minor is a blocker; without the add-on nobody asks', () => {
    const known = [
      { revision: 'asm-1-28', compatibleWith: [{ name: 'kubernetes', versions: ['1.35'] }] },
      { revision: 'asm-1-29', compatibleWith: [{ name: 'kubernetes', versions: ['1.36'] }] },
    ];
    const mesh = (revision: string) =>
      evaluateMesh({ known }, settingsFor({ ingress_controller: 'istio-addon', istio_addon_revision: revision }))[0];
    expect(mesh('asm-1-29')?.status).toBe('ok');
    expect(mesh('asm-1-28')?.detail).toContain('does not run on Kubernetes 1.36');
    expect(mesh('asm-1-22')).toMatchObject({ status: 'blocker', fix: 'Set istio_addon_revision to one of asm-1-29' });
    expect(evaluateMesh({ known }, settingsFor())).toEqual([]);
  });
});

describe('evaluateProviders', () => {
  const registered = neededProviders(settingsFor()).map((namespace) => ({ namespace, registrationState: 'Registered' }));
  const without = registered.map((provider, index) => (index === 1 ? { ...provider, registrationState: 'NotRegistered' } : provider));
  const status = (known: typeof registered, actions: readonly string[]) =>
    evaluateProviders({ known }, { known: [{ actions }] }, settingsFor())[0]?.status;

  it('T141: a missing one is registered by the apply if the identity may', () => {
    expect(status(registered, [])).toBe('ok');
    expect(status(without, ['*'])).toBe('warning');
    expect(status(without, ['*/read'])).toBe('blocker');
    expect(evaluateProviders({ known: without }, { unknown: 'x' }, settingsFor())[0]?.status).toBe('unknown');
    expect(evaluateProviders({ unknown: 'x' }, { known: [] }, settingsFor())[0]?.status).toBe('unknown');
  });
});
