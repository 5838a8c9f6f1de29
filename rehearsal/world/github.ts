import { randomBytes } from 'node:crypto';

/** What a workflow job is, for the claims of its OIDC token and the rights of its GITHUB_TOKEN. */
export interface JobIdentity {
  readonly repository: string;
  readonly repositoryId: number;
  readonly ownerId: number;
  /** `refs/heads/main`, `refs/pull/7/merge`. */
  readonly ref: string;
  readonly sha: string;
  readonly eventName: string;
  readonly environment?: string | undefined;
  readonly workflowRef: string;
  readonly jobWorkflowRef: string;
  readonly runId: number;
  readonly runAttempt: number;
  readonly actor: string;
  /** Effective token permissions, e.g. `{ 'id-token': 'write', contents: 'read' }`. */
  readonly permissions: Readonly<Record<string, 'read' | 'write' | 'none'>>;
}

/** What of a job decides its OIDC subject. */
export type SubjectSource = Pick<JobIdentity, 'repository' | 'repositoryId' | 'ownerId' | 'environment' | 'eventName' | 'ref'>;

/** The three bearer secrets a job gets. */
export interface JobTokens {
  readonly job: JobIdentity;
  readonly githubToken: string;
  /** For ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  readonly idTokenRequestToken: string;
  /** For ACTIONS_RUNTIME_TOKEN (cache). */
  readonly runtimeToken: string;
}

export interface IssueComment {
  readonly id: number;
  readonly issue: number;
  readonly author: string;
  body: string;
}

export interface RepositoryIssue {
  readonly number: number;
  readonly author: string;
  title: string;
  body: string;
  state: 'open' | 'closed';
  /** Why it is in this state; null: it was never closed. */
  stateReason: 'completed' | 'not_planned' | 'reopened' | null;
  /** Somebody closed the conversation to all who are no collaborators; jobs are none. */
  locked: boolean;
}

export interface Environment {
  readonly name: string;
  /** Logins that must approve; empty means the gate does not gate. */
  readonly reviewers: readonly string[];
}

/** Pull requests have the numbers below. */
const FIRST_ISSUE = 101;

/** What of a repository outlives its jobs. */
export interface GitHubSnapshot {
  readonly immutableSubjects: boolean;
  readonly comments: readonly IssueComment[];
  readonly issues: readonly RepositoryIssue[];
  readonly hasIssues: boolean;
  readonly environments: readonly Environment[];
  readonly cacheEntries: ReadonlyMap<string, Buffer>;
  readonly lastId: number;
}

/** The user's repository on GitHub, and the jobs running for it. */
export class GitHub {
  readonly comments: IssueComment[] = [];
  readonly issues: RepositoryIssue[] = [];
  /** Whether the repository has issues at all: its owner may switch them off. */
  hasIssues = true;
  readonly environments = new Map<string, Environment>();
  readonly cacheEntries = new Map<string, Buffer>();
  readonly #tokens = new Map<string, JobTokens>();
  #nextId = 1000;

  constructor(
    readonly repository: string,
    readonly repositoryId: number,
    readonly ownerId: number,
    /** `repo:O@OID/R@RID:...` subjects: automatic for repositories created after 2026-07-15. */
    public immutableSubjects: boolean,
  ) {}

  snapshot(): GitHubSnapshot {
    const { immutableSubjects, comments, issues, hasIssues, cacheEntries } = this;
    return {
      immutableSubjects,
      comments,
      issues,
      hasIssues,
      environments: [...this.environments.values()],
      cacheEntries,
      lastId: this.#nextId,
    };
  }

  /** For a repository nothing has happened in. */
  restore({ immutableSubjects, comments, issues, hasIssues, environments, cacheEntries, lastId }: GitHubSnapshot): void {
    this.immutableSubjects = immutableSubjects;
    this.comments.push(...comments);
    this.issues.push(...issues);
    this.hasIssues = hasIssues;
    for (const environment of environments) this.environments.set(environment.name, environment);
    for (const [key, content] of cacheEntries) this.cacheEntries.set(key, content);
    this.#nextId = lastId;
  }

  nextId(): number {
    return ++this.#nextId;
  }

  openIssue(issue: Pick<RepositoryIssue, 'author' | 'title' | 'body'>): RepositoryIssue {
    const opened: RepositoryIssue = { number: FIRST_ISSUE + this.issues.length, ...issue, state: 'open', stateReason: null, locked: false };
    this.issues.push(opened);
    return opened;
  }

  registerJob(job: JobIdentity): JobTokens {
    const tokens: JobTokens = {
      job,
      githubToken: `ghs_${randomBytes(18).toString('hex')}`,
      idTokenRequestToken: randomBytes(32).toString('hex'),
      runtimeToken: randomBytes(32).toString('hex'),
    };
    for (const token of [tokens.githubToken, tokens.idTokenRequestToken, tokens.runtimeToken]) this.#tokens.set(token, tokens);
    return tokens;
  }

  /** The job a bearer token belongs to. */
  byToken(token: string): JobTokens | undefined {
    return this.#tokens.get(token);
  }

  /** Tokens of every job so far. */
  jobTokens(): JobTokens[] {
    return [...new Set(this.#tokens.values())];
  }

  /** OIDC `sub` of a job: the environment wins, then pull requests, then the ref. */
  subject(job: SubjectSource): string {
    const prefix = this.subjectPrefix(job);
    if (job.environment !== undefined) return `${prefix}:environment:${job.environment.replaceAll(':', '%3A')}`;
    if (job.eventName === 'pull_request') return `${prefix}:pull_request`;
    return `${prefix}:ref:${job.ref}`;
  }

  /** `repo:O/R`, or `repo:O@OID/R@RID` where subjects are immutable; what GitHub's OIDC settings call `sub_claim_prefix`. */
  subjectPrefix(job: Pick<SubjectSource, 'repository' | 'repositoryId' | 'ownerId'>): string {
    const [owner = '', repo = ''] = job.repository.split('/');
    return this.immutableSubjects ? `repo:${owner}@${job.ownerId}/${repo}@${job.repositoryId}` : `repo:${job.repository}`;
  }
}
