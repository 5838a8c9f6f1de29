import { DeployError } from '../errors.js';

export type RowKind = 'Deployment' | 'StatefulSet' | 'Job' | 'PersistentVolumeClaim' | 'Service';

/**
 * `complete`: pod label, annotated service account and federated credential are all there. `none`: not needed and not there.
 * `wrong`: part of it is missing, or it is there and should not be.
 */
export type IdentityState = 'complete' | 'none' | 'wrong';

/** One thing a pass promises, and what was seen of it. */
export interface VerifyRow {
  readonly kind: RowKind;
  readonly name: string;
  readonly wanted: number;
  readonly ready: number;
  /** Nodes its pods run on. */
  readonly nodes: readonly string[];
  readonly identity: IdentityState;
  /** `waiting` may still become `ok`; when time is up it counts as failed. */
  readonly status: 'ok' | 'waiting' | 'failed';
  /** What is missing, or where it is; may be ''. */
  readonly detail: string;
}

/** Verification that did not succeed; `rows` is the whole picture for the report. */
export class VerificationFailed extends DeployError {
  constructor(
    readonly rows: readonly VerifyRow[],
    diagnosis: string,
  ) {
    const failed = rows
      .filter((row) => row.status !== 'ok')
      .map((row) => `- ${row.kind} ${row.name}: ${row.ready} of ${row.wanted} ready${row.detail === '' ? '' : `; ${row.detail}`}`);
    super('verify-failed', [...failed, diagnosis].filter((line) => line !== '').join('\n'));
  }
}
