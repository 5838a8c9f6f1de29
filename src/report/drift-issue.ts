import { createHash } from 'node:crypto';
import { type Difference, differencesOf, type DriftReport, type Half, ignoredOf } from '../drift/drift.js';
import { COMMENT_LIMIT, type RunRef } from './comment.js';
import { differenceSections, driftHeadline, unseenWarning } from './drift.js';
import { code } from './markdown.js';
import { block, fitSections } from './sections.js';

/** What an issue of ours says of itself. */
export interface ParsedIssue {
  readonly environment: string;
  readonly run: number;
  readonly attempt: number;
  /** Digests of the differences of each half that was ever looked at. */
  readonly known: Readonly<Partial<Record<Half, readonly string[]>>>;
}

const MARKER = /^<!-- langsmith-azure drift of (\S+) by run (\d+) attempt (\d+) -->\n<!-- infrastructure (\S+|-) cluster (\S+|-) -->$/m;

/** Reads an issue of ours; undefined when the text is none. */
export function parseIssue(text: string): ParsedIssue | undefined {
  const [, environment, run, attempt, infrastructure, cluster] = MARKER.exec(text.replaceAll('\r\n', '\n')) ?? [];
  if (environment === undefined) return undefined;
  const known = { ...knownOf('infrastructure', infrastructure), ...knownOf('cluster', cluster) };
  return { environment, run: Number(run), attempt: Number(attempt), known };
}

/** `-`: never looked at; `.`: nothing differed. */
function knownOf(half: Half, text = '-'): ParsedIssue['known'] {
  if (text === '-') return {};
  return { [half]: text === '.' ? [] : text.split(',') };
}

const written = (digests: readonly string[] | undefined): string =>
  digests === undefined ? '-' : digests.length === 0 ? '.' : digests.join(',');

/** Beyond this the digests of a half are one. */
const MOST_DIGESTS = 500;
const WHOLE = 'all:';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 10);

/** The same as long as the same attributes differ, whatever their values. */
const digestOf = ({ half, kind, id, action, attributes }: Difference): string =>
  digest(JSON.stringify([half, kind, id, action, attributes.map(({ path }) => path)]));

function digestsOf(differences: readonly Difference[]): string[] {
  const all = differences.map(digestOf).sort();
  return all.length > MOST_DIGESTS ? [`${WHOLE}${digest(all.join())}`] : all;
}

/** What is known after a run: a half that it could not look at stays as it was known before. */
function knownAfter(drift: DriftReport, there: ParsedIssue | undefined): ParsedIssue['known'] {
  const differences = differencesOf(drift);
  const seen = (Object.keys(drift.seen) as Half[]).map((half) => [half, digestsOf(differences.filter((each) => each.half === half))]);
  return { ...there?.known, ...Object.fromEntries(seen) };
}

export const issueTitle = (drift: DriftReport): string => `LangSmith ${drift.environment}: drift (${driftHeadline(drift)})`;

/** The issue's text, which never exceeds what GitHub takes. PURE. @param there what it says now. */
export function issueBody(drift: DriftReport, run: RunRef, there: ParsedIssue | undefined): string {
  const known = knownAfter(drift, there);
  const ignored = ignoredOf(drift).length;
  const warning = unseenWarning(drift);
  const head = [
    `<!-- langsmith-azure drift of ${drift.environment} by run ${run.id} attempt ${run.attempt} -->`,
    `<!-- infrastructure ${written(known.infrastructure)} cluster ${written(known.cluster)} -->`,
    `### LangSmith ${code(drift.environment)} is not what its configuration says`,
    '',
    `${driftHeadline(drift)}.`,
    ...(warning === '' ? [] : ['', `> ${warning}`]),
  ].join('\n');
  const more =
    ignored === 0
      ? ''
      : ` ${ignored} ${ignored === 1 ? 'attribute' : 'attributes'} that services manage ${ignored === 1 ? 'is' : 'are'} left out; its step summary names ${ignored === 1 ? 'it' : 'them'}.`;
  const foot = `<sub>As [this run](${run.url}) found it.${more} This issue is kept up to date, and closed when nothing differs any more.</sub>`;
  const room = { limit: COMMENT_LIMIT - foot.length - 2, measure: (text: string) => text.length };
  return `${fitSections([block(head), ...differenceSections(drift)], room, `[The step summary of the run](${run.url}) has it.`)}\n\n${foot}`;
}

/** Differences named in a comment; the issue has them all. */
const MOST_NAMED = 20;

/** What subscribers are told of a change; undefined when the same attributes differ as before. PURE. */
export function changeComment(drift: DriftReport, run: RunRef, there: ParsedIssue): string | undefined {
  const before = new Set(Object.values(there.known).flat());
  const after = knownAfter(drift, there);
  const now = new Set(Object.values(after).flat());
  const gone = [...before].filter((each) => !now.has(each));
  if (gone.length === 0 && [...now].every((each) => before.has(each))) return undefined;
  const head = `The drift has changed, as [this run](${run.url}) found: ${driftHeadline(drift)}.`;
  // Without a digest for each, nobody can say which is new.
  if ([...before, ...now].some((each) => each.startsWith(WHOLE))) return head;
  const fresh = differencesOf(drift).filter((difference) => !before.has(digestOf(difference)));
  const lines = fresh.slice(0, MOST_NAMED).map(({ id, attributes }) => {
    const [first, ...others] = attributes;
    const what = first === undefined ? '' : ` ${code(first.path)}${others.length === 0 ? '' : ` and ${others.length} more`}`;
    return `- ${code(id)}${what}`;
  });
  return [
    head,
    ...(lines.length === 0 ? [] : ['New or different:', lines.join('\n')]),
    ...(fresh.length > MOST_NAMED ? [`And ${fresh.length - MOST_NAMED} more.`] : []),
    ...(gone.length === 0 ? [] : [`Of what was listed before, ${gone.length} ${gone.length === 1 ? 'is' : 'are'} gone or different.`]),
  ].join('\n\n');
}

export const closingComment = (run: RunRef): string =>
  `Nothing differs any more, as [this run](${run.url}) found. Should something drift again, a new issue is opened.`;

export const duplicateComment = (original: number): string => `#${original} says it already: two runs opened an issue at the same time.`;
