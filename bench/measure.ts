import { Bench } from 'tinybench';
import Table from 'cli-table3';

/** One thing that is done, and how often it may cost what the baseline costs. */
export interface Measured {
  readonly name: string;
  readonly work: () => unknown;
}

/** Work compared with the least that it could cost, in the same process and at the same time: a ratio means the same on every machine. */
export interface Comparison {
  readonly title: string;
  readonly baseline: Measured;
  readonly measured: readonly Measured[];
}

export interface Ratio {
  readonly title: string;
  readonly baseline: string;
  readonly name: string;
  /** Median time of the work over that of the baseline. */
  readonly ratio: number;
  /** Median of the work, in milliseconds: of this machine only. */
  readonly milliseconds: number;
}

/** @param leastMs how long each is repeated at least. @throws Error naming work that failed. */
export async function compare({ title, baseline, measured }: Comparison, leastMs: number): Promise<Ratio[]> {
  const bench = new Bench({ time: leastMs, warmupTime: leastMs / 5, iterations: 3, warmupIterations: 1, throws: true });
  for (const { name, work } of [baseline, ...measured]) bench.add(name, async () => void (await work()));
  await bench.run();
  const median = (name: string): number => {
    const result = bench.getTask(name)?.result;
    if (result === undefined || !('latency' in result)) throw new Error(`${title}: ${name} was not measured`);
    return result.latency.p50;
  };
  return measured.map(({ name }) => ({
    title,
    baseline: baseline.name,
    name,
    ratio: median(name) / median(baseline.name),
    milliseconds: median(name),
  }));
}

export function render(ratios: readonly Ratio[]): string {
  const table = new Table({
    head: ['', 'work', 'times', 'baseline', 'here'],
    style: { head: [], border: [] },
    colAligns: ['left', 'left', 'right', 'left', 'right'],
  });
  for (const { title, name, ratio, baseline, milliseconds } of ratios)
    table.push([title, name, ratio.toFixed(ratio < 10 ? 2 : 0), baseline, `${milliseconds.toFixed(milliseconds < 10 ? 2 : 0)} ms`]);
  return table.toString();
}
