/** What a line that explains a failure has in it. */
const COMPLAINT =
  /error|fatal|panic|exception|traceback|critical|refused|denied|unauthori[sz]ed|forbidden|fail|timed? ?out|AADSTS|missing|invalid/i;
/** The end of a log tells how the process ended, whatever its words. */
const LAST_LINES = 5;

/**
 * The lines of a log that matter: all of a short one, else those that complain and the last few, in order. PURE.
 * @param most lines to show.
 */
export function telling(log: string, most: number): string[] {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  if (lines.length <= most) return lines;
  const isLast = (index: number): boolean => index >= lines.length - LAST_LINES;
  const complaints = lines.flatMap((line, index) => (!isLast(index) && COMPLAINT.test(line) ? [index] : [])).slice(LAST_LINES - most);
  const chosen = new Set(complaints);
  return lines.filter((_line, index) => isLast(index) || chosen.has(index));
}
