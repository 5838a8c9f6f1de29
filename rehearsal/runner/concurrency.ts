import type { World } from '../world/world.js';

/** How a run or a job asks to enter its group. */
export interface ConcurrencyRequest {
  readonly group: string;
  readonly cancelInProgress: boolean;
  /** `max`: up to 100 wait in order. `single`: one waits, and a newer one takes its place. */
  readonly queue: 'single' | 'max';
}

/** The place in a group; `leave` must be called, whatever happens. */
export interface Slot {
  leave(): void;
}

interface Member {
  /** Called when a newer one takes the place: stop working, or stop waiting. */
  readonly displace: (reason: string) => void;
  readonly admit: () => void;
}

interface Group {
  running: Member | undefined;
  waiting: Member[];
}

const QUEUE_LIMIT = 100;

/** Concurrency groups of one repository: at most one member of a group works at any time. Names ignore case. */
export class ConcurrencyGroups {
  readonly #groups = new Map<string, Group>();

  /** The groups every run in this world shares. */
  static of(world: World): ConcurrencyGroups {
    const known = groupsByWorld.get(world) ?? new ConcurrencyGroups();
    groupsByWorld.set(world, known);
    return known;
  }

  /**
   * Wait for a place.
   * @param controller aborted with the reason when a newer member cancels this one, waiting or working
   * @returns undefined when displaced or aborted before it was this member's turn
   */
  async enter(request: ConcurrencyRequest, controller: AbortController): Promise<Slot | undefined> {
    const name = request.group.toLowerCase();
    const group = this.#groups.get(name) ?? { running: undefined, waiting: [] };
    this.#groups.set(name, group);
    let admit = (): void => undefined;
    const admitted = new Promise<void>((resolve) => (admit = resolve));
    const member: Member = { admit, displace: (reason) => controller.abort(reason) };

    const displaced = `Canceling since a higher priority waiting request for '${request.group}' exists`;
    if (group.running === undefined) {
      group.running = member;
      admit();
    } else {
      if (request.queue === 'single' || request.cancelInProgress) for (const other of group.waiting.splice(0)) other.displace(displaced);
      if (group.waiting.length >= QUEUE_LIMIT) controller.abort(`The queue of concurrency group '${request.group}' is full`);
      else group.waiting.push(member);
      if (request.cancelInProgress) group.running.displace(displaced);
    }

    const aborted = new Promise<void>((resolve) => {
      if (controller.signal.aborted) resolve();
      controller.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([admitted, aborted]);
    if (group.running !== member) {
      group.waiting = group.waiting.filter((other) => other !== member);
      return undefined;
    }
    return { leave: () => this.#leave(name, group, member) };
  }

  #leave(name: string, group: Group, member: Member): void {
    if (group.running !== member) return;
    group.running = group.waiting.shift();
    if (group.running) group.running.admit();
    else this.#groups.delete(name);
  }
}

const groupsByWorld = new WeakMap<World, ConcurrencyGroups>();
