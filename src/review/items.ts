import type { ChangeAction } from '../terraform-changes.js';
import { type AttributeChange, attributeChanges, type Leaves } from './leaves.js';

/**
 * The parts of a deployment that are planned apart: `terraform/infra`; namespaces, add-ons and the platform chart; the LangSmith release;
 * and on the Terraform path the resources of `terraform/app`, by which the latter two come.
 */
export type RootName = 'infrastructure' | 'platform' | 'release' | 'app';

/** One thing that would change, with everything known of it. Sensitive values are in here: never shown, never written anywhere. */
export interface PlannedItem {
  readonly root: RootName;
  /** A Terraform address, `output.<name>`, or `Deployment langsmith-backend`. */
  readonly id: string;
  /** Terraform type or Kubernetes kind. */
  readonly type: string;
  readonly action: ChangeAction;
  readonly before: Leaves;
  readonly after: Leaves;
}

/** The same as it may be shown. */
export interface ItemChange {
  readonly id: string;
  readonly type: string;
  readonly action: ChangeAction;
  readonly attributes: readonly AttributeChange[];
}

export const showItem = ({ id, type, action, before, after }: PlannedItem): ItemChange => ({
  id,
  type,
  action,
  attributes: attributeChanges(before, after),
});
