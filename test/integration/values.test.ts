import { describe, expect, it, jest } from '@jest/globals';
import { type Combination, INGRESSES, PASSES, SIZINGS, TOPOLOGIES } from '../unit/values/combinations.js';
import { faults, inParallel } from '../unit/values/faults.js';

jest.setTimeout(900_000);

const ALL: readonly Combination[] = TOPOLOGIES.flatMap((topology) =>
  SIZINGS.flatMap((sizing) => INGRESSES.flatMap((ingress) => PASSES.map((pass) => ({ topology, sizing, ingress, pass })))),
);

describe('rendered with the real Helm and the strict schema of the stand-in chart', () => {
  it('T220 T247 every combination of topology, sizing, ingress and pass has exactly the workloads, routes, identities and Secret keys it promises', async () => {
    expect(ALL).toHaveLength(160);
    expect((await inParallel(ALL, 4, faults)).flat()).toEqual([]);
  });
});
