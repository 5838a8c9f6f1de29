/** A part of a report that can be cut: its rows are independent of each other. */
export interface Section {
  /** Before the rows, joined with a line break. */
  readonly head: string;
  readonly rows: readonly string[];
  /** After the rows. */
  readonly tail: string;
  /** What rows are called when some are left out: `resources`. */
  readonly unit: string;
}

export const block = (text: string): Section => ({ head: text, rows: [], tail: '', unit: '' });

/** How large a text may be, and how that is measured. */
export interface Room {
  readonly limit: number;
  readonly measure: (text: string) => number;
}

/** Where the reader finds what was cut. */
export type Elsewhere = string;

/** Kept free for the sentence that says what was cut. */
const RESERVE = 300;

/**
 * Joins sections with blank lines and never exceeds the room: sections are cut from the end, row by row, and the text says what is
 * missing and where it is. The first section is never cut.
 */
export function fitSections(sections: readonly Section[], room: Room, elsewhere: Elsewhere): string {
  const texts: string[] = [];
  const missing: string[] = [];
  let left = room.limit - RESERVE;
  for (const section of sections) {
    const whole = render(section, section.rows);
    const size = room.measure(whole) + 2;
    if (missing.length === 0 && size <= left) {
      texts.push(whole);
      left -= size;
      continue;
    }
    const rows = missing.length === 0 ? rowsThatFit(section, left - 2, room.measure) : [];
    if (rows.length > 0) {
      const cut = render(section, rows);
      texts.push(cut);
      left -= room.measure(cut) + 2;
    }
    const count = section.rows.length - rows.length;
    if (section.unit !== '' && count > 0) missing.push(`${count} of ${section.rows.length} ${section.unit}`);
    else if (section.unit === '') missing.push('the picture');
  }
  if (missing.length > 0) texts.push(`**Left out here for length:** ${[...new Set(missing)].join(', ')}. ${elsewhere}`);
  return texts.join('\n\n');
}

const render = ({ head, tail }: Section, rows: readonly string[]): string => [head, ...rows, tail].filter((part) => part !== '').join('\n');

function rowsThatFit(section: Section, room: number, measure: Room['measure']): string[] {
  let left = room - measure(render(section, [])) - 1;
  const rows: string[] = [];
  for (const row of section.rows) {
    left -= measure(row) + 1;
    if (left < 0) break;
    rows.push(row);
  }
  return rows;
}
