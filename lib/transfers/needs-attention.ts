import { TransferState } from '../protocol/transfer-state.js';

interface StoredTransfer {
  state: TransferState;
  errCode?: string | undefined;
  errMsg?: string | undefined;
}

/**
 * True if the gateway has stored a transfer although its channel failed, so that its state never changes and no notify
 * follows; undefined otherwise. Source: protocol §9.
 */
export function needsAttention({ state, errCode, errMsg }: StoredTransfer): true | undefined {
  const isStuck = state === TransferState.Created && (errMsg !== undefined || errCode !== undefined);
  return isStuck || undefined;
}
