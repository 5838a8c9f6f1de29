/** What pods ask for or may use: CPU in millicores, memory in bytes. */
export interface Amount {
  readonly cpu: number;
  readonly memory: number;
}

const PATTERN = /^(\d+(?:\.\d*)?|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/;

const SCALE: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A Kubernetes quantity (`500m`, `2Gi`, `1e3`, 2) as a plain number; undefined when it is not one, or is negative. */
export function parseQuantity(quantity: unknown): number | undefined {
  if (typeof quantity !== 'string' && typeof quantity !== 'number') return undefined;
  const match = PATTERN.exec(String(quantity));
  if (match === null) return undefined;
  const [, digits = '', suffix = '', exponent = '0'] = match;
  return Number(digits) * (SCALE[suffix] ?? 1) * 10 ** Number(exponent);
}

/** Millicores, rounded up as the scheduler does. */
export const millicores = (quantity: unknown): number | undefined => {
  const cores = parseQuantity(quantity);
  // Twelve digits are more than any quantity has; what is beyond them is the noise of binary fractions.
  return cores === undefined ? undefined : Math.ceil(Number((cores * 1000).toPrecision(12)));
};

export const bytes = (quantity: unknown): number | undefined => {
  const memory = parseQuantity(quantity);
  return memory === undefined ? undefined : Math.ceil(memory);
};

export const NOTHING: Amount = { cpu: 0, memory: 0 };

export const plus = (a: Amount, b: Amount): Amount => ({ cpu: a.cpu + b.cpu, memory: a.memory + b.memory });

export const times = (amount: Amount, count: number): Amount => ({ cpu: amount.cpu * count, memory: amount.memory * count });

export const sum = (amounts: readonly Amount[]): Amount => amounts.reduce(plus, NOTHING);

const GIB = 2 ** 30;

/** `13.7 CPU, 32 GiB`. */
export const describeAmount = ({ cpu, memory }: Amount): string =>
  `${Number((cpu / 1000).toFixed(2))} CPU, ${Number((memory / GIB).toFixed(memory < 10 * GIB ? 2 : 1))} GiB`;
