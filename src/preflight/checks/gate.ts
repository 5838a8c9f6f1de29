import { ok, unknown, warning, type Check, type Fact } from '../check.js';
import type { GitHubEnvironment } from '../github.js';
import type { Claims } from './identity.js';

const CHECK = 'approval gate';

/**
 * Does somebody have to approve? In private repositories GitHub ignores required reviewers outside the Enterprise plan, and then says
 * nothing (404 or no rule), so only a rule that is there counts.
 */
export function evaluateGate(claims: Fact<Claims>, environment: Fact<GitHubEnvironment> | undefined): Check {
  if ('unknown' in claims) return unknown(CHECK, 'the ID token does not say which environment the job runs in');
  const name = claims.known.environment;
  if (name === undefined || environment === undefined) {
    return warning(
      CHECK,
      'this job names no GitHub environment, so nobody is asked before it runs',
      'Set `environment:` on the jobs that apply',
    );
  }
  if ('unknown' in environment)
    return unknown(CHECK, `whether the environment ${name} asks a reviewer cannot be read: ${environment.unknown}`);
  const reviewers = environment.known.protection_rules?.find(({ type }) => type === 'required_reviewers')?.reviewers?.length ?? 0;
  if (reviewers > 0) return ok(CHECK, `the environment ${name} asks one of ${reviewers} reviewers`);
  return warning(
    CHECK,
    `the environment ${name} asks nobody: it has no required reviewers, or the plan of this repository ignores them`,
    `Add required reviewers to ${name} (repository settings, Environments; a private repository needs GitHub Enterprise for it)`,
  );
}
