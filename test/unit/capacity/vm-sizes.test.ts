import { describe, expect, it } from '@jest/globals';
import { allocatable, vmCapacity } from '../../../src/capacity/vm-sizes.js';

const GIB = 2 ** 30;

describe('VM sizes', () => {
  it.each([
    ['Standard_D8s_v3', 8, 32],
    ['Standard_D8s_v5', 8, 32],
    ['standard_d16ads_v6', 16, 64],
    ['Standard_D4als_v6', 4, 8],
    ['Standard_D2pls_v5', 2, 4],
    ['Standard_E16s_v5', 16, 128],
    ['Standard_E8-4s_v5', 4, 64],
    ['Standard_E64s_v3', 64, 432],
    ['Standard_F16s_v2', 16, 32],
    ['Standard_F8as_v6', 8, 32],
    ['Standard_F8als_v6', 8, 16],
    ['Standard_F8ams_v6', 8, 64],
    ['Standard_DS3_v2', 4, 14],
  ])('%s has %d vCPU and %d GiB', (name, cores, gib) => {
    expect(vmCapacity(name)).toEqual({ cpu: cores * 1000, memory: gib * GIB });
  });

  it.each(['Standard_B8ms', 'Standard_DC8as_v5', 'Standard_E96s_v5', 'Standard_E104is_v5', 'Standard_NC24ads_A100_v4', 'Standard_F8s', ''])(
    'does not guess %p',
    (name) => {
      expect(vmCapacity(name)).toBeUndefined();
    },
  );

  it('keeps back what AKS documents: 650 MiB of kube-reserved for 30 pods, 100 MiB for eviction, 180 millicores of eight', () => {
    const node = { cpu: 8000, memory: 8 * GIB };
    const { cpu, memory } = allocatable(node, 30);
    expect(cpu).toBe(7820);
    expect(node.memory * 0.97 - memory).toBeCloseTo(750 * 2 ** 20, -1);
    // A quarter of the memory is the most it keeps.
    expect(allocatable({ cpu: 2000, memory: 4 * GIB }, 70).memory).toBe(Math.floor(4 * GIB * 0.97 - GIB - 100 * 2 ** 20));
  });
});
