import { FAILURE_REASONS, type FailureReason } from '../errors.js';
import type { Review } from '../review/review.js';
import { code } from './markdown.js';
import { headline, reviewSections } from './review.js';
import { block, fitSections } from './sections.js';

/** GitHub's bound of a comment, in characters. */
export const COMMENT_LIMIT = 65_536;

/** The workflow run that writes. */
export interface RunRef {
  readonly id: number;
  readonly attempt: number;
  readonly url: string;
}

/** What one plan says in the comment. */
export interface PlanPart {
  readonly environment: string;
  readonly pass: string;
  readonly run: RunRef;
  readonly result: { readonly review: Review } | { readonly failure: FailureReason };
}

/** Passes of one run share the comment of their environment. */
export interface ParsedComment {
  readonly environment: string;
  readonly run: number;
  readonly attempt: number;
  /** Text by pass. */
  readonly parts: ReadonlyMap<string, string>;
}

const MARKER = /^<!-- langsmith-azure plan of (\S+) by run (\d+) attempt (\d+) -->$/m;
const PART = /<!-- pass (\d) -->\n([\s\S]*?)\n<!-- end of pass \1 -->/g;

/** Reads a comment of ours; undefined when the text is none. */
export function parseComment(text: string): ParsedComment | undefined {
  const normal = text.replaceAll('\r\n', '\n');
  const [, environment, run, attempt] = MARKER.exec(normal) ?? [];
  if (environment === undefined) return undefined;
  return {
    environment,
    run: Number(run),
    attempt: Number(attempt),
    parts: new Map([...normal.matchAll(PART)].map(([, pass = '', part = '']) => [pass, part])),
  };
}

/** Has a newer run spoken? */
export const isNewer = (there: { readonly run: number; readonly attempt: number }, run: RunRef): boolean =>
  there.run > run.id || (there.run === run.id && there.attempt > run.attempt);

/**
 * The comment after this plan has its say: parts of the same run stay, those of an older one go. PURE.
 * @param there the comment as it is now. @returns undefined when a newer run has spoken already.
 */
export function mergeComment(there: ParsedComment | undefined, part: PlanPart): string | undefined {
  if (there !== undefined && isNewer(there, part.run)) return undefined;
  const isSame = there?.run === part.run.id && there.attempt === part.run.attempt;
  const others = [...(isSame ? there.parts : [])].filter(([pass]) => pass !== part.pass);
  return (
    assemble(part, others) ??
    assemble(
      part,
      others.map(([pass, text]) => [pass, firstLine(text)] as const),
    ) ??
    ''
  );
}

/** Least room in which a plan still says something. */
const LEAST = 6000;

function assemble(part: PlanPart, others: readonly (readonly [string, string])[]): string | undefined {
  const { environment, run } = part;
  const head = `<!-- langsmith-azure plan of ${environment} by run ${run.id} attempt ${run.attempt} -->`;
  const foot = `<sub>From [this run](${run.url}). This comment is kept up to date; the newest run wins.</sub>`;
  const wrap = (pass: string, text: string): string => `<!-- pass ${pass} -->\n${text}\n<!-- end of pass ${pass} -->`;
  const taken = [head, foot, ...others.map(([pass, text]) => wrap(pass, text)), wrap(part.pass, '')].join('\n\n').length + 4;
  if (COMMENT_LIMIT - taken < LEAST) return undefined;
  const parts = [...others, [part.pass, partText(part, COMMENT_LIMIT - taken)] as const].sort(([a], [b]) => (a < b ? -1 : 1));
  return [head, ...parts.map(([pass, text]) => wrap(pass, text)), foot].join('\n\n');
}

const firstLine = (text: string): string =>
  `${text.split('\n')[0] ?? ''}\n\nLeft out here for length; the step summary of the run has it all.`;

/** @param limit characters. */
export function partText({ environment, pass, result, run }: PlanPart, limit: number): string {
  const title = `### LangSmith ${code(environment)}, pass ${pass}`;
  if ('failure' in result) {
    return `${title}: the plan failed\n\n🛑 ${code(result.failure)}: ${FAILURE_REASONS[result.failure].title}. [The run](${run.url}) says why.`;
  }
  const { review } = result;
  if (!review.hasChanges && review.destructive.length === 0) return `${title}: no changes (${code(review.shortFingerprint)})`;
  return fitSections(
    [block(`${title}: ${headline(review)}`), ...reviewSections(review)],
    { limit, measure: (text) => text.length },
    `[The step summary of the run](${run.url}) has it.`,
  );
}
