import { describe, expect, it } from '@jest/globals';
import { DeployError } from '../../../../src/errors.js';
import { evaluateGate } from '../../../../src/preflight/checks/gate.js';
import { evaluateIdentity, type IdentityFacts } from '../../../../src/preflight/checks/identity.js';
import { evaluateVaultFirewall } from '../../../../src/preflight/checks/vault-firewall.js';
import { sessionOf } from '../../../fakes/session.js';
import { settingsFor } from '../settings-for.js';

const SUB = 'repo:contoso@1/platform@2:environment:production';
const ISS = 'https://token.actions.githubusercontent.com';
const CLAIMS = { known: { sub: SUB, iss: ISS, environment: 'production' } };
const facts = (overrides: Partial<IdentityFacts> = {}): IdentityFacts => ({
  claims: CLAIMS,
  login: sessionOf(),
  settings: { known: { use_default: true, use_immutable_subject: true, sub_claim_prefix: 'repo:contoso@1/platform@2' } },
  credentials: { known: { identity: 'deployer', credentials: [{ name: 'github', properties: { issuer: ISS, subject: SUB } }] } },
  ...overrides,
});
const found = (overrides: Partial<IdentityFacts> = {}) => evaluateIdentity(facts(overrides)).map(({ check, status }) => [check, status]);

describe('evaluateIdentity', () => {
  it('names the credential of a user-assigned identity that matched', () => {
    expect(evaluateIdentity(facts()).map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    expect(evaluateIdentity(facts()).at(-1)?.detail).toBe('github of the identity deployer');
  });

  it('says that the credentials of an application cannot be read', () => {
    expect(found({ credentials: { known: { identity: undefined, credentials: [] } } }).at(-1)).toEqual(['federated credential', 'unknown']);
    expect(found({ credentials: { unknown: 'HTTP 403' } }).at(-1)).toEqual(['federated credential', 'unknown']);
  });

  it('gives both commands when Entra does not trust the subject', () => {
    const login = new DeployError('login-federation', 'AADSTS700213', { fix: 'az ad app federated-credential create --id x' });
    const [check, subject, credential] = evaluateIdentity(facts({ login }));
    expect(check?.status).toBe('blocker');
    expect(check?.fix).toContain('az ad app federated-credential create --id x');
    expect(check?.fix).toContain(`--issuer ${ISS} --subject '${SUB}'`);
    expect(subject).toMatchObject({ status: 'ok', detail: expect.stringContaining('in the immutable form') });
    expect(credential?.status).toBe('unknown');
  });

  it('reads the subject form, a customised one, and one that is about to change', () => {
    const plain = { known: { ...CLAIMS.known, sub: 'repo:contoso/platform:environment:production' } };
    expect(found({ claims: plain })[1]).toEqual(['OIDC subject', 'warning']);
    const custom = evaluateIdentity(
      facts({ settings: { known: { use_default: false, include_claim_keys: ['repo', 'job_workflow_ref'] } } }),
    )[1];
    expect(custom?.detail).toContain('repo, job_workflow_ref');
    expect(found({ settings: { unknown: 'HTTP 403' } })[2]).toEqual(['OIDC subject settings', 'unknown']);
  });
});

describe('evaluateGate', () => {
  const status = (rules: object[]) =>
    evaluateGate(CLAIMS, { known: { name: 'production', protection_rules: rules as { type: string; reviewers?: unknown[] }[] } }).status;

  it('counts only a rule with reviewers', () => {
    expect(status([{ type: 'required_reviewers', reviewers: [{}] }])).toBe('ok');
    expect(status([{ type: 'required_reviewers', reviewers: [] }])).toBe('warning');
    expect(status([{ type: 'wait_timer' }])).toBe('warning');
    expect(evaluateGate(CLAIMS, { unknown: 'HTTP 404' }).status).toBe('unknown');
    expect(evaluateGate({ known: { sub: 's', iss: 'i' } }, undefined).status).toBe('warning');
    expect(evaluateGate({ unknown: 'no token' }, undefined).status).toBe('unknown');
  });
});

describe('evaluateVaultFirewall', () => {
  const status = (...given: Parameters<typeof evaluateVaultFirewall>) => evaluateVaultFirewall(...given).status;

  it('T111: tells the firewall from the role, and does not guess before there is a vault', () => {
    expect(status({ kind: 'absent' }, settingsFor())).toBe('ok');
    expect(status({ kind: 'forbidden', by: 'firewall', message: 'm' }, settingsFor())).toBe('blocker');
    expect(status({ kind: 'forbidden', by: 'rbac', message: 'm' }, settingsFor())).toBe('warning');
    expect(status({ kind: 'unclear', message: 'm' }, settingsFor())).toBe('unknown');
    expect(status(undefined, settingsFor())).toBe('unknown');
    expect(status(undefined, settingsFor({ keyvault_allowed_ips: [] }))).toBe('warning');
    expect(status(undefined, settingsFor({ keyvault_default_action: 'Allow' }))).toBe('ok');
  });
});
