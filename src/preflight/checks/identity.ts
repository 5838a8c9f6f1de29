import type { DeployError } from '../../errors.js';
import type { Session } from '../../phases/login.js';
import type { Azure } from '../azure.js';
import { blocker, ok, unknown, warning, type Check, type Fact } from '../check.js';
import type { SubjectSettings } from '../github.js';

/** What the workflow's ID token says about itself. */
export interface Claims {
  readonly sub: string;
  readonly iss: string;
  /** Only in a job that names an environment. */
  readonly environment?: string;
}

/** Trust of a user-assigned identity in an outside subject. */
export interface FederatedCredential {
  readonly name: string;
  readonly properties: { readonly issuer: string; readonly subject: string };
}

/** The deploying user-assigned identity and its credentials. */
export interface IdentityCredentials {
  /** Its name; undefined when no identity of this subscription has the client id. */
  readonly identity: string | undefined;
  readonly credentials: readonly FederatedCredential[];
}

export interface IdentityFacts {
  readonly claims: Fact<Claims>;
  readonly login: Session | DeployError;
  readonly settings: Fact<SubjectSettings>;
  readonly credentials: Fact<IdentityCredentials>;
}

interface UserAssignedIdentity {
  readonly id: string;
  readonly name: string;
  readonly properties: { readonly clientId: string };
}

/** Microsoft.ManagedIdentity userAssignedIdentities and their federatedIdentityCredentials, API 2023-01-31. */
export async function fetchCredentials(azure: Azure, clientId: string): Promise<Fact<IdentityCredentials>> {
  const identities = await azure.list<UserAssignedIdentity>('providers/Microsoft.ManagedIdentity/userAssignedIdentities', '2023-01-31');
  if ('unknown' in identities) return identities;
  const ours = identities.known.find(({ properties }) => properties.clientId.toLowerCase() === clientId.toLowerCase());
  if (ours === undefined) return { known: { identity: undefined, credentials: [] } };
  const credentials = await azure.list<FederatedCredential>(`${ours.id}/federatedIdentityCredentials`, '2023-01-31');
  return 'unknown' in credentials ? credentials : { known: { identity: ours.name, credentials: credentials.known } };
}

/** Who the run is, and why Entra believes it or not (the OIDC doctor). */
export function evaluateIdentity(facts: IdentityFacts): Check[] {
  return [loginCheck(facts), ...subjectChecks(facts), ...credentialChecks(facts)];
}

function loginCheck({ login, claims }: IdentityFacts): Check {
  const check = 'identity and subscription';
  if ('reason' in login) return blocker(check, `${login.reason}: ${login.detail}`, fixOf(login, claims));
  return ok(check, `client ${login.clientId} (object ${login.principalId}) on ${login.subscriptionName}, tenant ${login.tenantId}`);
}

/** An application and a managed identity are told apart by nobody who is not signed in, so both commands are given. */
function fixOf(failure: DeployError, claims: Fact<Claims>): string {
  if (failure.reason !== 'login-federation' || 'unknown' in claims) return failure.fix;
  const { sub, iss } = claims.known;
  const name = `github-${sub.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 100)}`;
  return [
    `For an application: ${failure.fix}`,
    `For a user-assigned identity: az identity federated-credential create --identity-name NAME --resource-group GROUP --name ${name} --issuer ${iss} --subject '${sub}' --audiences api://AzureADTokenExchange`,
  ].join('\n');
}

const SUBJECT = 'OIDC subject';

/** `repo:owner@id/name@id:...` */
const isImmutable = (subject: string): boolean => /^repo:[^/@]+@\d+\/[^/@]+@\d+:/.test(subject);

function subjectChecks({ claims, settings }: IdentityFacts): Check[] {
  if ('unknown' in claims) return [unknown(SUBJECT, claims.unknown)];
  const { sub } = claims.known;
  const form = isImmutable(sub) ? 'in the immutable form with the ids of owner and repository' : 'in the form with names only';
  const sent = `this workflow sends ${sub}, ${form}`;
  if ('unknown' in settings) return [ok(SUBJECT, sent), unknown(`${SUBJECT} settings`, settings.unknown)];
  const { use_default: usual, include_claim_keys: keys = [], sub_claim_prefix: prefix } = settings.known;
  if (!usual) return [ok(SUBJECT, `${sent}, customised by the repository to the claims ${keys.join(', ')}`)];
  if (prefix === undefined || sub.startsWith(`${prefix}:`)) return [ok(SUBJECT, sent)];
  return [
    warning(
      SUBJECT,
      `${sent}, but GitHub's settings say that subjects start with ${prefix}`,
      'Add a federated credential for the new form before GitHub sends it',
    ),
  ];
}

const CREDENTIAL = 'federated credential';

function credentialChecks({ claims, login, credentials }: IdentityFacts): Check[] {
  if ('reason' in login || 'unknown' in claims) return [unknown(CREDENTIAL, 'without a login nothing can be read')];
  if ('unknown' in credentials)
    return [unknown(CREDENTIAL, `Entra accepted the subject; by which credential cannot be read: ${credentials.unknown}`)];
  if (credentials.known.identity === undefined) {
    return [
      unknown(
        CREDENTIAL,
        `Entra accepted the subject; client ${login.clientId} is no user-assigned identity of this subscription, and the credentials of an application cannot be read without Microsoft Graph`,
      ),
    ];
  }
  const { sub, iss } = claims.known;
  const { identity, credentials: all } = credentials.known;
  const match = all.find(({ properties }) => properties.subject === sub && properties.issuer === iss);
  return [
    match === undefined
      ? unknown(
          CREDENTIAL,
          `Entra accepted the subject, yet none of the ${all.length} credentials of ${identity} has it; a change may be on its way`,
        )
      : ok(CREDENTIAL, `${match.name} of the identity ${identity}`),
  ];
}
