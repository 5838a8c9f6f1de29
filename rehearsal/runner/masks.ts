/**
 * The values a job's log must not show. Like GitHub's runner it hides a value, each of its lines, and the ways a value is commonly
 * re-written on its way to a log: base64 at any of three offsets, JSON, URI and XML escapes, quotes stripped.
 */
export class Masks {
  readonly #values = new Set<string>();

  constructor(values: Iterable<string> = []) {
    for (const value of values) this.add(value);
  }

  /** Hide `value` from now on; text logged earlier stays as it is. Blank values are ignored, or everything would be hidden. */
  add(value: string): void {
    for (const part of [value, ...value.split(/\r\n|\r|\n/)]) {
      if (part.trim() === '') continue;
      this.#values.add(part);
      for (const written of rewritings(part)) this.#values.add(written);
    }
  }

  /** `text` with every hidden stretch replaced by `***`; overlapping and touching stretches become one. */
  apply(text: string): string {
    const ranges: [number, number][] = [];
    for (const value of this.#values) {
      for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) ranges.push([at, at + value.length]);
    }
    if (ranges.length === 0) return text;
    ranges.sort((left, right) => left[0] - right[0]);
    let masked = '';
    let shown = 0;
    let hiddenUntil = -1;
    for (const [start, end] of ranges) {
      if (start > hiddenUntil) masked += `${text.slice(Math.max(shown, 0), start)}***`;
      hiddenUntil = Math.max(hiddenUntil, end);
      shown = hiddenUntil;
    }
    return masked + text.slice(shown);
  }

  /** Whether `text` holds anything that is hidden. */
  hides(text: string): boolean {
    return this.apply(text) !== text;
  }
}

function rewritings(value: string): string[] {
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].filter((shift) => bytes.length > shift).map((shift) => bytes.subarray(shift).toString('base64'));
  const xml = value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;').replace(/'/g, '&apos;');
  const quoted = /^"(.+)"$/s.exec(value)?.[1];
  return [
    ...base64,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(bytes.toString()),
    xml,
    value.replace(/'/g, "''"),
    value.replace(/"/g, '\\"'),
    ...(quoted === undefined ? [] : [quoted]),
  ].filter((text) => text.trim() !== '');
}
