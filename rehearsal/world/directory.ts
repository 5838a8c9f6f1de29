import { randomUUID } from 'node:crypto';
import { generateKeyPair, exportJWK, SignJWT, jwtVerify, type JWK, type CryptoKey } from 'jose';
import type { Clock } from './clock.js';

/** Trust from an outside issuer to one principal. Compared exactly and case-sensitively, as Entra does. */
export interface FederatedCredential {
  readonly name: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
}

/** An app registration's service principal, or a user-assigned managed identity. */
export interface Principal {
  readonly name: string;
  readonly clientId: string;
  readonly objectId: string;
  readonly kind: 'app' | 'managed-identity';
  /** At most 20, as in Azure. */
  readonly federatedCredentials: FederatedCredential[];
}

/** What of a tenant outlives a process. The signing key does not: tokens are short-lived anyway. */
export interface DirectorySnapshot {
  readonly principals: readonly Principal[];
  /** Client id. */
  readonly lastSignedIn: string | undefined;
}

/** What an Entra access token says. Times in seconds. */
export interface AccessTokenClaims {
  readonly aud: string;
  readonly iss: string;
  readonly oid: string;
  readonly appid: string;
  readonly tid: string;
  readonly exp: number;
}

/** An `AADSTSnnnnnn` refusal; `error` is the OAuth error code, `status` the HTTP status. */
export class EntraError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly error = 'invalid_client',
    readonly status = 401,
  ) {
    super(`${code}: ${message}`);
  }
}

/** One Entra tenant: principals, the credentials that let others act as them, and the tokens it signs. */
export class Directory {
  readonly principals: Principal[] = [];
  /** Access tokens live this long. GitHub-style runs see 60-90 minutes; a rehearsal may shorten it. */
  accessTokenSeconds = 3600;
  /** The principal that signed in last: the Terraform stand-in acts as it, because a reattached provider cannot see the run's environment. */
  lastSignedIn: Principal | undefined;
  #key: CryptoKey | undefined;
  #publicKey: CryptoKey | undefined;
  #jwk: JWK | undefined;

  constructor(
    readonly tenantId: string,
    private readonly clock: Clock,
  ) {}

  async start(): Promise<void> {
    const pair = await generateKeyPair('RS256', { extractable: true });
    this.#key = pair.privateKey;
    this.#publicKey = pair.publicKey;
    this.#jwk = { ...(await exportJWK(pair.publicKey)), kid: 'rehearsal', use: 'sig', alg: 'RS256' };
  }

  snapshot(): DirectorySnapshot {
    return { principals: this.principals, lastSignedIn: this.lastSignedIn?.clientId };
  }

  /** For an empty directory. */
  restore({ principals, lastSignedIn }: DirectorySnapshot): void {
    for (const principal of principals) this.addPrincipal(principal);
    this.lastSignedIn = lastSignedIn === undefined ? undefined : this.byClientId(lastSignedIn);
  }

  /** Public signing key, for a JWKS endpoint. */
  get jwk(): JWK {
    if (!this.#jwk) throw new Error('Directory.start() was not awaited');
    return this.#jwk;
  }

  addPrincipal(principal: Partial<Principal> & Pick<Principal, 'name' | 'kind'>): Principal {
    const added: Principal = {
      clientId: randomUUID(),
      objectId: randomUUID(),
      ...principal,
      federatedCredentials: [...(principal.federatedCredentials ?? [])],
    };
    this.principals.push(added);
    return added;
  }

  byClientId(clientId: string): Principal | undefined {
    return this.principals.find((principal) => principal.clientId.toLowerCase() === clientId.toLowerCase());
  }

  byObjectId(objectId: string): Principal | undefined {
    return this.principals.find((principal) => principal.objectId.toLowerCase() === objectId.toLowerCase());
  }

  /**
   * The workload-identity token exchange, after the assertion's signature and expiry were checked by the caller.
   * Throws EntraError AADSTS700016 (no such client), AADSTS700212 (audience) or AADSTS700213 (no matching subject).
   */
  federate(clientId: string, assertion: { issuer: string; subject: string; audience: string }): Principal {
    const principal = this.byClientId(clientId);
    if (!principal) {
      throw new EntraError(
        'AADSTS700016',
        `Application with identifier '${clientId}' was not found in the directory '${this.tenantId}'.`,
        'unauthorized_client',
        400,
      );
    }
    const sameSubject = principal.federatedCredentials.filter(
      (credential) => credential.issuer === assertion.issuer && credential.subject === assertion.subject,
    );
    if (sameSubject.length === 0) {
      throw new EntraError(
        'AADSTS700213',
        `No matching federated identity record found for presented assertion subject '${assertion.subject}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
      );
    }
    if (!sameSubject.some((credential) => credential.audiences.includes(assertion.audience))) {
      throw new EntraError(
        'AADSTS700212',
        `No matching federated identity record found for presented assertion audience '${assertion.audience}'.`,
      );
    }
    return principal;
  }

  /** A signed access token for `principal`; `audience` is the resource (without `/.default`). */
  async mint(principal: Principal, audience: string): Promise<string> {
    if (!this.#key) throw new Error('Directory.start() was not awaited');
    const now = Math.floor(this.clock.now() / 1000);
    return new SignJWT({ oid: principal.objectId, appid: principal.clientId, tid: this.tenantId, ver: '1.0' })
      .setProtectedHeader({ alg: 'RS256', kid: 'rehearsal', typ: 'JWT' })
      .setIssuer(`https://sts.windows.net/${this.tenantId}/`)
      .setAudience(audience)
      .setSubject(principal.objectId)
      .setIssuedAt(now)
      .setNotBefore(now - 5)
      .setExpirationTime(now + this.accessTokenSeconds)
      .sign(this.#key);
  }

  /** Claims of a token this tenant signed for one of `audiences`; undefined when it is not valid (any reason). */
  async verify(token: string, audiences: readonly string[]): Promise<AccessTokenClaims | undefined> {
    if (!this.#publicKey) throw new Error('Directory.start() was not awaited');
    try {
      const { payload } = await jwtVerify(token, this.#publicKey, { audience: [...audiences], currentDate: new Date(this.clock.now()) });
      return payload as unknown as AccessTokenClaims;
    } catch {
      // Malformed, expired, foreign: the caller answers 401 in its own dialect.
      return undefined;
    }
  }
}
