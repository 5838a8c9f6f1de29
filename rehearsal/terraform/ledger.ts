import { createHash } from 'node:crypto';
import type { World } from '../world/world.js';
import type { ValueObject } from './values.js';

export interface LedgerSnapshot {
  readonly attributes: ReadonlyMap<string, ValueObject>;
  readonly drawn: number;
}

/**
 * What Terraform last knew of each resource, by id: data sources and imports are answered from it. It lives as long as its world, so
 * that stopping and starting the providers forgets nothing. Existence is never decided here, only by the world.
 */
export class Ledger {
  static readonly #byWorld = new WeakMap<World, Ledger>();
  readonly #attributes = new Map<string, ValueObject>();
  #drawn = 0;

  static of(world: World): Ledger {
    const known = this.#byWorld.get(world);
    if (known) return known;
    const created = new Ledger();
    this.#byWorld.set(world, created);
    return created;
  }

  snapshot(): LedgerSnapshot {
    return { attributes: this.#attributes, drawn: this.#drawn };
  }

  /** For a ledger nothing was recorded in. */
  restore({ attributes, drawn }: LedgerSnapshot): void {
    for (const [id, known] of attributes) this.#attributes.set(id, known);
    this.#drawn = drawn;
  }

  record(id: string, attributes: ValueObject): void {
    this.#attributes.set(id.toLowerCase(), attributes);
  }

  lookUp(id: string): ValueObject | undefined {
    return this.#attributes.get(id.toLowerCase());
  }

  forget(id: string): void {
    this.#attributes.delete(id.toLowerCase());
  }

  /** `length` hex digits: different on each call, so that a re-created resource gets a new identity as it does in Azure. */
  hex(seed: string, length: number): string {
    this.#drawn += 1;
    return createHash('sha256').update(`${seed}#${this.#drawn}`).digest('hex').slice(0, length);
  }

  /** A GUID drawn the same way. */
  guid(seed: string): string {
    const hex = this.hex(seed, 32);
    return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join('-');
  }
}
