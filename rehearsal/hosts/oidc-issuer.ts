import { randomUUID } from 'node:crypto';
import { SignJWT, createLocalJWKSet, errors, exportJWK, generateKeyPair, jwtVerify, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import type { JobIdentity } from '../world/github.js';
import type { World } from '../world/world.js';

/** The `iss` of every GitHub ID token. */
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';
const KEY_ID = 'github-actions';

/** GitHub's signing key: api hosts sign ID tokens with it, Entra checks them against it. */
export class OidcIssuer {
  private constructor(
    private readonly world: World,
    private readonly privateKey: CryptoKey,
    /** Public key, as the JWKS endpoint serves it. */
    readonly jwk: JWK,
    /** How long an ID token lives; five minutes at GitHub and not configurable there. */
    public lifeSeconds = 300,
  ) {}

  static async create(world: World): Promise<OidcIssuer> {
    const pair = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: KEY_ID, use: 'sig', alg: 'RS256' };
    return new OidcIssuer(world, pair.privateKey, jwk);
  }

  /** A signed ID token of a job. Without an audience GitHub names the repository owner. */
  async idToken(job: JobIdentity, audience?: string): Promise<string> {
    const now = Math.floor(this.world.clock.now() / 1000);
    const [owner = ''] = job.repository.split('/');
    return new SignJWT({
      sub: this.world.github.subject(job),
      ref: job.ref,
      ref_type: job.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
      sha: job.sha,
      repository: job.repository,
      repository_id: String(job.repositoryId),
      repository_owner: owner,
      repository_owner_id: String(job.ownerId),
      repository_visibility: 'private',
      event_name: job.eventName,
      workflow_ref: job.workflowRef,
      job_workflow_ref: job.jobWorkflowRef,
      run_id: String(job.runId),
      run_attempt: String(job.runAttempt),
      actor: job.actor,
      runner_environment: 'github-hosted',
      ...(job.environment === undefined ? {} : { environment: job.environment }),
    })
      .setProtectedHeader({ alg: 'RS256', kid: KEY_ID, typ: 'JWT' })
      .setIssuer(GITHUB_ISSUER)
      .setAudience(audience ?? `https://github.com/${owner}`)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setNotBefore(now - 300)
      .setExpirationTime(now + this.lifeSeconds)
      .sign(this.privateKey);
  }

  /** Claims of a token this issuer signed; `expired` carries the claims too, `forged` is anything else. */
  async check(token: string): Promise<{ verdict: 'valid' | 'expired'; claims: JWTPayload } | { verdict: 'forged' }> {
    try {
      const options = { currentDate: new Date(this.world.clock.now()) };
      return { verdict: 'valid', claims: (await jwtVerify(token, createLocalJWKSet({ keys: [this.jwk] }), options)).payload };
    } catch (error) {
      return error instanceof errors.JWTExpired ? { verdict: 'expired', claims: error.payload } : { verdict: 'forged' };
    }
  }
}
