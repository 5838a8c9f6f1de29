/**
 * Puts two lists without common items into one. Two items that both stood in `before` keep their order; otherwise those the
 * client asked for come first. This is how kubectl and the API server order merged lists.
 */
export function interleave<T>(kept: readonly T[], asked: readonly T[], positionBefore: (item: T) => number): T[] {
  const merged: T[] = [];
  let [left, right] = [0, 0];
  while (left < kept.length && right < asked.length) {
    const [mine, theirs] = [kept[left] as T, asked[right] as T];
    const [before, after] = [positionBefore(mine), positionBefore(theirs)];
    if (before >= 0 && after >= 0 && before < after) {
      merged.push(mine);
      left += 1;
    } else {
      merged.push(theirs);
      right += 1;
    }
  }
  return [...merged, ...kept.slice(left), ...asked.slice(right)];
}
