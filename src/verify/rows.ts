import { DeployError } from '../errors.js';

export type RowKind =
  | 'Release'
  | 'Deployment'
  | 'StatefulSet'
  | 'Job'
  | 'ServiceAccount'
  | 'PersistentVolumeClaim'
  | 'Service'
  /** Made by the operator for its users: not promised by any pass. */
  | 'Agent'
  | 'Certificate'
  | 'DNS'
  | 'HTTP';

/**
 * `complete`: pod label, annotated service account and federated credential are all there. `none`: not needed and not there.
 * `wrong`: part of it is missing, or it is there and should not be.
 */
export type IdentityState = 'complete' | 'none' | 'wrong';

/**
 * `waiting` may still become `ok`; when time is up it counts as failed. `unknown` could not be looked at from where the run is: it
 * fails nothing and proves nothing.
 */
export type RowStatus = 'ok' | 'waiting' | 'failed' | 'unknown';

/** One thing a pass promises, and what was seen of it. */
export interface VerifyRow {
  readonly kind: RowKind;
  readonly name: string;
  readonly wanted: number;
  readonly ready: number;
  /** Nodes its pods run on. */
  readonly nodes: readonly string[];
  readonly identity: IdentityState;
  readonly status: RowStatus;
  /** What is missing, or where it is; may be ''. */
  readonly detail: string;
}

/** A row about something that is there or is not. */
export const plainRow = (kind: RowKind, name: string, status: RowStatus, detail: string): VerifyRow => ({
  kind,
  name,
  wanted: 1,
  ready: status === 'ok' ? 1 : 0,
  nodes: [],
  identity: 'none',
  status,
  detail,
});

/** A row about something that should not be there. */
export const strangerRow = (kind: RowKind, name: string, detail: string): VerifyRow => ({
  ...plainRow(kind, name, 'failed', detail),
  wanted: 0,
});

/** A row about something that is promised no more and is let be. */
export const leftRow = (kind: RowKind, name: string, detail: string): VerifyRow => ({
  ...plainRow(kind, name, 'ok', detail),
  wanted: 0,
  ready: 0,
});

/** Nothing failed and nothing is still on its way. */
export const isProved = (rows: readonly VerifyRow[]): boolean => rows.every(({ status }) => status === 'ok' || status === 'unknown');

/** Waiting longer changes nothing: all is there, or something can no longer come right. */
export const isSettled = (rows: readonly VerifyRow[]): boolean => rows.some(({ status }) => status === 'failed') || isProved(rows);

/** Verification that did not succeed; `rows` is the whole picture for the report. */
export class VerificationFailed extends DeployError {
  constructor(
    readonly rows: readonly VerifyRow[],
    diagnosis: string,
  ) {
    const failed = rows
      .filter(({ status }) => status === 'failed' || status === 'waiting')
      .map((row) => `- ${row.kind} ${row.name}: ${row.ready} of ${row.wanted} ready${row.detail === '' ? '' : `; ${row.detail}`}`);
    super('verify-failed', [...failed, diagnosis].filter((line) => line !== '').join('\n'));
  }
}
