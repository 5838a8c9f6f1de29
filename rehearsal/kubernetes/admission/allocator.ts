/** How far a cluster's addresses and ports are given out. */
export interface Allocated {
  readonly address: number;
  readonly port: number;
}

/** Gives Services their addresses and ports, none of them twice. */
export class Allocator {
  allocated: Allocated = { address: 9, port: 30_000 };

  /** From 10.0.0.0/16, the service range of AKS; the first few are left for what names its own. */
  address(): string {
    const address = this.allocated.address + 1;
    this.allocated = { ...this.allocated, address };
    return `10.0.${Math.floor(address / 256)}.${address % 256}`;
  }

  nodePort(): number {
    const { port } = this.allocated;
    this.allocated = { ...this.allocated, port: port + 1 };
    return port;
  }
}
