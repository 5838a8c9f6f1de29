const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(?:(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?\d+))?$/;

/** Everything is counted in nanos, the finest step a quantity has. */
const NANO = 10n ** 9n;

const DECIMAL: readonly (readonly [string, bigint])[] = [
  ['E', NANO * 10n ** 18n],
  ['P', NANO * 10n ** 15n],
  ['T', NANO * 10n ** 12n],
  ['G', NANO * 10n ** 9n],
  ['M', NANO * 10n ** 6n],
  ['k', NANO * 10n ** 3n],
  ['', NANO],
  ['m', 10n ** 6n],
  ['u', 10n ** 3n],
  ['n', 1n],
];

const BINARY: readonly (readonly [string, bigint])[] = [
  ['Ei', NANO * 2n ** 60n],
  ['Pi', NANO * 2n ** 50n],
  ['Ti', NANO * 2n ** 40n],
  ['Gi', NANO * 2n ** 30n],
  ['Mi', NANO * 2n ** 20n],
  ['Ki', NANO * 2n ** 10n],
  ['', NANO],
];

const SCALE = new Map([...DECIMAL, ...BINARY]);

interface Parsed {
  readonly nanos: bigint;
  readonly format: 'decimal' | 'binary' | 'exponent';
}

function parse(quantity: unknown): Parsed | undefined {
  const match = PATTERN.exec(typeof quantity === 'number' ? String(quantity) : typeof quantity === 'string' ? quantity : '-');
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', suffix = '', exponent] = match;
  if (whole === '' && fraction === '') return undefined;
  const scale = SCALE.get(suffix) ?? NANO;
  const digits = BigInt(whole + fraction) * scale * 10n ** BigInt(Math.max(0, Number(exponent ?? 0)));
  const divisor = 10n ** BigInt(fraction.length + Math.max(0, -Number(exponent ?? 0)));
  // What is finer than a nano is rounded up, away from zero.
  const nanos = (digits + divisor - 1n) / divisor;
  return {
    nanos: sign === '-' ? -nanos : nanos,
    format: exponent !== undefined ? 'exponent' : suffix.endsWith('i') ? 'binary' : 'decimal',
  };
}

/** A Kubernetes quantity (`500m`, `2Gi`, `1e3`, 2) as a plain number; undefined when it is not one. */
export function parseQuantity(quantity: unknown): number | undefined {
  const parsed = parse(quantity);
  return parsed && Number(parsed.nanos) / Number(NANO);
}

/** The form the API server answers with: `2000m` is `2`, `1024Mi` is `1Gi`. Undefined when `quantity` is not one. */
export function canonicalQuantity(quantity: unknown): string | undefined {
  const parsed = parse(quantity);
  if (!parsed) return undefined;
  const { nanos, format } = parsed;
  if (format === 'exponent') return String(quantity);
  if (nanos === 0n) return '0';
  const size = nanos < 0n ? -nanos : nanos;
  const steps = format === 'binary' && size >= 1024n * NANO && size % NANO === 0n ? BINARY : DECIMAL;
  const [suffix, scale] = steps.find(([, step]) => nanos % step === 0n) ?? ['n', 1n];
  return `${nanos / scale}${suffix}`;
}
