import type { Clock } from './clock.js';

/** A resource as ARM shows it. `id` keeps its case; look-ups ignore it. */
export interface ArmResource {
  readonly id: string;
  /** e.g. `Microsoft.KeyVault/vaults`. */
  readonly type: string;
  readonly name: string;
  location?: string;
  tags?: Record<string, string>;
  /** ARM property bag, or whatever subset of it somebody reads. */
  properties: Record<string, unknown>;
}

export interface RoleAssignment {
  readonly id: string;
  readonly scope: string;
  readonly principalId: string;
  /** Built-in role name, e.g. `Key Vault Secrets Officer`. */
  readonly roleName: string;
  /** ABAC condition, as Azure stores its text. */
  readonly condition?: string;
  /** When the data planes start to believe it (ms since the epoch): grants take a while in Azure. */
  readonly effectiveAt: number;
}

export interface ResourcesSnapshot {
  readonly resources: readonly ArmResource[];
  readonly assignments: readonly RoleAssignment[];
}

/** Everything in the subscription, by resource id. */
export class ResourceStore {
  readonly #resources = new Map<string, ArmResource>();
  readonly #assignments = new Map<string, RoleAssignment>();

  constructor(private readonly clock: Clock) {}

  snapshot(): ResourcesSnapshot {
    return { resources: this.list(), assignments: this.assignments() };
  }

  /** For an empty subscription. Assignments keep the moment from which they are believed. */
  restore({ resources, assignments }: ResourcesSnapshot): void {
    for (const resource of resources) this.put(resource);
    for (const assignment of assignments) this.#assignments.set(assignment.id.toLowerCase(), assignment);
  }

  get(id: string): ArmResource | undefined {
    return this.#resources.get(id.toLowerCase());
  }

  put(resource: ArmResource): ArmResource {
    this.#resources.set(resource.id.toLowerCase(), resource);
    return resource;
  }

  /** Removes the resource and everything below its id. */
  delete(id: string): void {
    const prefix = id.toLowerCase();
    for (const key of this.#resources.keys()) if (key === prefix || key.startsWith(`${prefix}/`)) this.#resources.delete(key);
    for (const [key, assignment] of this.#assignments) if (assignment.scope.toLowerCase().startsWith(prefix)) this.#assignments.delete(key);
  }

  /** All resources, or those of one type (case-insensitive). */
  list(type?: string): ArmResource[] {
    const all = [...this.#resources.values()];
    return type === undefined ? all : all.filter((resource) => resource.type.toLowerCase() === type.toLowerCase());
  }

  assign(assignment: Omit<RoleAssignment, 'effectiveAt'>, delayMs = 0): RoleAssignment {
    const stored = { ...assignment, effectiveAt: this.clock.now() + delayMs };
    this.#assignments.set(assignment.id.toLowerCase(), stored);
    return stored;
  }

  unassign(id: string): void {
    this.#assignments.delete(id.toLowerCase());
  }

  assignments(): RoleAssignment[] {
    return [...this.#assignments.values()];
  }

  /** Names of the roles that reach `scope` for the principal, already believed by the data planes. Scopes inherit downwards. */
  rolesAt(principalId: string, scope: string): string[] {
    const wanted = scope.toLowerCase();
    return this.assignments()
      .filter((assignment) => {
        const granted = assignment.scope.toLowerCase().replace(/\/$/, '');
        const reaches = wanted === granted || wanted.startsWith(`${granted}/`);
        return reaches && assignment.principalId.toLowerCase() === principalId.toLowerCase() && assignment.effectiveAt <= this.clock.now();
      })
      .map((assignment) => assignment.roleName);
  }

  /** Does one of `roles` reach `scope` for the principal? */
  hasRole(principalId: string, roles: readonly string[], scope: string): boolean {
    return this.rolesAt(principalId, scope).some((role) => roles.includes(role));
  }
}
