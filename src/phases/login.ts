import type { TokenCredential } from '@azure/core-auth';
import { DeployError, messageOf } from '../errors.js';
import { armErrorText, createArm, type Arm } from '../tools/arm.js';
import type { Inputs } from './inputs.js';

/** Who the run is, proved. */
export interface Session {
  readonly credential: TokenCredential;
  readonly arm: Arm;
  readonly clientId: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly subscriptionName: string;
  /** Object id of the signed-in principal. */
  readonly principalId: string;
  /** The `sub` and `iss` GitHub sent; an enterprise may have an issuer of its own. */
  readonly subject: string;
  readonly issuer: string;
}

export interface LoginTools {
  /** GitHub's OIDC token for an audience. */
  getIdToken(audience: string): Promise<string>;
  mask(value: string): void;
}

const AUDIENCE = 'api://AzureADTokenExchange';

/** GitHub assertions live five minutes; a fresh one is asked for well before. The credential asks twice per token, even for a cached one. */
const ASSERTION_LIFE_MS = 4 * 60_000;

/** Payload of a JWT. The signature is Entra's to check; this only reads what was said. */
export function jwtPayload(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
}

/** A callback that hands out one assertion until it is four minutes old. A refusal is not kept: the next call asks again. */
export function memoisedAssertion(tools: LoginTools, now: () => number = Date.now): () => Promise<string> {
  let current: { readonly promise: Promise<string>; readonly since: number } | undefined;
  return () => {
    if (current === undefined || now() - current.since > ASSERTION_LIFE_MS) {
      const promise = tools.getIdToken(AUDIENCE).then((token) => {
        tools.mask(token);
        return token;
      });
      const asked = { promise, since: now() };
      current = asked;
      promise.catch(() => {
        if (current === asked) current = undefined;
      });
    }
    return current.promise;
  };
}

/**
 * OIDC login without any stored secret, then the proof: a token, the subscription, the principal.
 * @throws DeployError `login-token`, `login-unreachable`, `login-federation`, `login-refused`, `login-subscription`.
 */
export async function login(inputs: Inputs, tools: LoginTools): Promise<Session> {
  const assertion = memoisedAssertion(tools);
  const sender = await readSender(assertion);
  const { ClientAssertionCredential } = await import('@azure/identity');
  const credential = new ClientAssertionCredential(inputs.tenantId, inputs.clientId, assertion, { retryOptions: { maxRetries: 2 } });
  const principalId = await proveToken(credential, inputs, sender, tools);
  const arm = createArm(credential);
  const subscriptionName = await proveSubscription(arm, inputs);
  return {
    credential,
    arm,
    clientId: inputs.clientId,
    tenantId: inputs.tenantId,
    subscriptionId: inputs.subscriptionId,
    subscriptionName,
    principalId,
    ...sender,
  };
}

/** What Entra compares with its federated credentials. */
type Sender = Pick<Session, 'subject' | 'issuer'>;

async function readSender(assertion: () => Promise<string>): Promise<Sender> {
  try {
    const { sub, iss } = jwtPayload(await assertion());
    if (typeof sub !== 'string' || typeof iss !== 'string') throw new Error('the token has no subject or no issuer');
    return { subject: sub, issuer: iss };
  } catch (error) {
    throw new DeployError('login-token', messageOf(error), { cause: error });
  }
}

async function proveToken(credential: TokenCredential, inputs: Inputs, sender: Sender, tools: LoginTools): Promise<string> {
  try {
    const token = await credential.getToken('https://management.azure.com/.default');
    if (token === null) throw new Error('Entra returned no token');
    tools.mask(token.token);
    return String(jwtPayload(token.token)['oid']);
  } catch (error) {
    throw explainEntra(messageOf(error), inputs, sender, error);
  }
}

/** No federated credential has this subject, issuer or audience. */
const NO_TRUST = new Set(['AADSTS70021', 'AADSTS700211', 'AADSTS700212', 'AADSTS700213']);

/** Entra's refusal in words that end with what to do. */
export function explainEntra(message: string, inputs: Pick<Inputs, 'clientId'>, sender: Sender, cause: unknown): DeployError {
  const code = /AADSTS\d+/.exec(message)?.[0];
  if (code === undefined)
    return new DeployError('login-unreachable', `login.microsoftonline.com gave no answer: ${firstLine(message)}`, { cause });
  if (NO_TRUST.has(code)) {
    return new DeployError(
      'login-federation',
      `${code}: client ${inputs.clientId} has no federated credential for the subject this workflow sends, ${sender.subject}`,
      {
        cause,
        fix: federationFix(inputs.clientId, sender),
      },
    );
  }
  return new DeployError('login-refused', firstLine(message.slice(message.indexOf(code))), { cause });
}

/** The one command that adds the missing trust; subjects are compared exactly. */
function federationFix(clientId: string, { subject, issuer }: Sender): string {
  const parameters = JSON.stringify({
    name: `github-${subject.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 100)}`,
    issuer,
    subject,
    audiences: [AUDIENCE],
  });
  return `az ad app federated-credential create --id ${clientId} --parameters '${parameters.replaceAll("'", "'\\''")}'`;
}

async function proveSubscription(arm: Arm, inputs: Inputs): Promise<string> {
  const response = await arm('GET', `/subscriptions/${inputs.subscriptionId}`, '2022-12-01').catch((error: unknown) => {
    throw new DeployError('login-unreachable', messageOf(error), {
      cause: error,
      fix: 'Let the runner reach management.azure.com on port 443 and run again.',
    });
  });
  if (response.status !== 200)
    throw new DeployError('login-subscription', `subscription ${inputs.subscriptionId}: ${armErrorText(response)}`);
  const subscription = response.body as { tenantId?: string; state?: string; displayName?: string };
  if (subscription.tenantId !== undefined && subscription.tenantId.toLowerCase() !== inputs.tenantId.toLowerCase()) {
    throw new DeployError(
      'login-subscription',
      `subscription ${inputs.subscriptionId} belongs to tenant ${subscription.tenantId}, not ${inputs.tenantId}`,
    );
  }
  if (subscription.state !== undefined && subscription.state !== 'Enabled') {
    throw new DeployError('login-subscription', `subscription ${inputs.subscriptionId} is ${subscription.state}`);
  }
  return subscription.displayName ?? inputs.subscriptionId;
}

function firstLine(text: string): string {
  return text.split(/\r?\n/)[0] ?? text;
}
