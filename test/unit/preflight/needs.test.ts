import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { GRANTED_ROLES, neededActions, neededProviders, neededRoles, NEEDS } from '../../../src/preflight/needs.js';
import { settingsFor } from './settings-for.js';

const ROOT = path.resolve('terraform/infra');
const texts = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.tf') && !file.includes('.terraform'))
  .map((file) => readFileSync(path.join(ROOT, file), 'utf8'));
const all = (pattern: RegExp): string[] =>
  [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, found = '']) => found)))].sort();

describe('what a configuration needs of Azure', () => {
  it('T097 T142: knows every resource type the root declares', () => {
    expect(all(/^resource "(azurerm_\w+)"/gm).filter((type) => !(type in NEEDS))).toEqual([]);
  });

  it('T142: knows every role the root grants', () => {
    expect(GRANTED_ROLES.map(({ name }) => name).sort()).toEqual(all(/role_definition_name\s+= "([^"]+)"/g));
  });

  it.each([
    ['light', {}, []],
    ['external PostgreSQL', { postgres_source: 'external' }, ['Microsoft.DBforPostgreSQL']],
    ['external Redis', { redis_source: 'external' }, ['Microsoft.Cache']],
    ['diagnostics', { create_diagnostics: true }, ['Microsoft.Insights', 'Microsoft.OperationalInsights']],
  ])('T141: asks only for the providers of %s, which are those the root registers', (_, variables, more) => {
    const registered = readFileSync(path.join(ROOT, 'providers.tf'), 'utf8');
    const always = [...(/concat\(\s*\[([^\]]+)\]/.exec(registered)?.[1] ?? '').matchAll(/"(\S+)"/g)].map(([, name = '']) => name);
    expect(always.length).toBeGreaterThan(5);
    // Microsoft.Resources is registered in every subscription.
    expect(neededProviders(settingsFor(variables))).toEqual([...always, ...more, 'Microsoft.Resources'].sort());
  });

  it('T097: asks for the type it creates: Managed Redis, and the classic cache only where that is chosen', () => {
    const managed = neededActions(settingsFor({ redis_source: 'external', redis_kind: 'managed' }));
    expect(managed).toContain('Microsoft.Cache/redisEnterprise/write');
    expect(managed).not.toContain('Microsoft.Cache/redis/write');
    const classic = neededActions(settingsFor({ redis_source: 'external', redis_kind: 'premium' }));
    expect(classic).toContain('Microsoft.Cache/redis/write');
    expect(classic).not.toContain('Microsoft.Cache/redisEnterprise/write');
  });

  it('T040: does not ask to create a network that somebody else owns', () => {
    const own = neededActions(settingsFor({ vnet_id: '/subscriptions/x' }));
    expect(own).not.toContain('Microsoft.Network/virtualNetworks/write');
    expect(own).toContain('Microsoft.Network/virtualNetworks/subnets/join/action');
    // T040
    expect(own).toContain('Microsoft.Network/virtualNetworks/read');
  });

  it('T142: lists the roles of each configuration exactly', () => {
    const light = ['Azure Kubernetes Service RBAC Cluster Admin', 'Key Vault Secrets Officer', 'Storage Blob Data Contributor'];
    expect(neededRoles(settingsFor()).map(({ name }) => name)).toEqual(light);
    expect(neededRoles(settingsFor({ create_dns_zone: true, tls_certificate_source: 'dns01' })).map(({ name }) => name)).toEqual([
      ...light,
      'DNS Zone Contributor',
    ]);
  });
});
