/** Text from outside made safe for one table cell: no column break, no line break (Markdown knows two), no markup. */
export function cell(text: string): string {
  return text.replace(/[\\`*_~[\]<>|]/g, (character) => `\\${character}`).replace(/\s*[\r\n]\s*/g, ' ');
}

/** Text with names from outside as a sentence: as in a cell, and no mention, reference or address in it is taken for one. */
export const prose = (text: string): string => cell(text).replace(/[@#](?=\w)|:\/\/|www\./gi, (mark) => `${mark}\u200b`);

const longestRun = (text: string): number => Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));

/** A fence longer than any run of back-ticks inside, so that the text cannot leave its block. */
export function fenced(text: string, language = 'text'): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

/**
 * Text from outside as code in a line or a table cell: nothing in it is markup, a mention, a reference or a link. Comments of HTML are
 * broken up all the same, because we find our own parts of a text by such comments.
 */
export function code(text: string): string {
  const line = withoutComments(text)
    .replace(/\s*[\r\n]\s*/g, ' ')
    // A back-slash before the one that keeps a bar in its cell would take that one's effect away.
    .replace(/\\(?=\|)/g, '\\\u200b')
    .replaceAll('|', '\\|');
  if (line.trim() === '') return '` `';
  const ticks = '`'.repeat(longestRun(line) + 1);
  // A space is eaten on both sides, and keeps back-ticks at the edges apart from the fence.
  return ticks.length === 1 ? `\`${line}\`` : `${ticks} ${line} ${ticks}`;
}

/** No `<!--` is left in it. */
export const withoutComments = (text: string): string => text.replaceAll('<!--', '<! --');

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** As code in HTML, for places where Markdown is not read. */
export const htmlCode = (text: string): string =>
  `<code>${text.replace(/\s*[\r\n]\s*/g, ' ').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')}</code>`;
