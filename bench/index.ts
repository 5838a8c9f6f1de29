/** How much the action's own work costs, as ratios to what could not be cheaper: `npm run bench`. */
import { comparisons } from './comparisons.js';
import { compare, type Ratio, render } from './measure.js';

const LEAST_MS = 1000;

const ratios: Ratio[] = [];
for (const comparison of await comparisons()) ratios.push(...(await compare(comparison, LEAST_MS)));
console.log(render(ratios));
