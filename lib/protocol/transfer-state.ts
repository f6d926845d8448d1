/** The states of a transfer. Source: protocol §5. */
export enum TransferState {
  Created = 0,
  Processing = 1,
  /** The money has arrived. */
  Success = 2,
  Failed = 3,
  /** Documented, never seen. */
  Closed = 4,
}

export const TRANSFER_STATES = [
  TransferState.Created,
  TransferState.Processing,
  TransferState.Success,
  TransferState.Failed,
  TransferState.Closed,
] as const;

/** Whether this state is final. */
export function isFinalTransfer(state: TransferState): boolean {
  return state !== TransferState.Created && state !== TransferState.Processing;
}
