/** `1-5`, `3-5`, `2`: the passes it names, in order; undefined when it is neither one pass nor a range. */
export function readPasses(text: string): readonly number[] | undefined {
  const [, first = '', last = first] = /^([1-5])(?:-([1-5]))?$/.exec(text) ?? [];
  const count = Number(last) - Number(first) + 1;
  if (first === '' || count < 1) return undefined;
  return Array.from({ length: count }, (_, index) => Number(first) + index);
}
