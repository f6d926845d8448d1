import type { Bean } from '../dialects/dialect.js';
import type { SandboxMerchant } from '../options.js';
import type { DeskParts } from './desk-parts.js';
import type { Entry } from './entry.js';
import { newChannelOrderNo, newGatewayId } from './gateway-ids.js';
import { Ledger, UnknownOrderError } from './ledger.js';
import { moveMoney, TRANSFER_STATE, type TransferStateNumber } from './order-state.js';
import { given, receivedParams } from './received-params.js';
import type { SandboxTransfer } from './sandbox-order.js';
import { CHANNEL, UPSTREAM_ERRORS, type UpstreamResult } from './upstream.js';

const DECLINED = { errCode: 'SANDBOX_DECLINED', errMsg: 'The bank declined' };

/** A request for a transfer that has passed every check. */
export interface TransferRequest {
  readonly bean: Bean;
  readonly merchant: SandboxMerchant;
  readonly upstream?: UpstreamResult;
}

/** Creates transfers, ends them, and announces their final states. Source: protocol §4, §5 and §9. */
export class TransferDesk {
  readonly ledger: Ledger<SandboxTransfer>;

  constructor(private readonly parts: DeskParts) {
    this.ledger = new Ledger(
      parts.options.maxOrders,
      { number: (transfer) => transfer.mchOrderNo, id: (transfer) => transfer.transferId },
      (transfer) => {
        parts.announcer.forget(entryOf(transfer));
        parts.log.forgotten(entryOf(transfer));
      },
    );
  }

  create({ bean, merchant, upstream }: TransferRequest): SandboxTransfer {
    const createdAt = this.parts.clock.now();
    // A transfer without a result from the channel stays in its initial state permanently.
    const state = upstream === 'broken' ? TRANSFER_STATE.created : TRANSFER_STATE.processing;
    const transfer: SandboxTransfer = {
      transferId: this.ledger.unusedId(() => newGatewayId('T', createdAt)),
      mchNo: merchant.mchNo,
      appId: merchant.appId,
      mchOrderNo: String(bean['mchOrderNo']),
      ifCode: String(bean['ifCode'] ?? CHANNEL),
      entryType: String(bean['entryType']),
      amount: Number(bean['amount']),
      currency: String(bean['currency']),
      accountNo: String(bean['accountNo']),
      ...given(bean, ['accountName', 'bankName', 'transferDesc', 'extParam', 'notifyUrl']),
      createdAt,
      request: receivedParams(bean),
      history: [{ state, at: createdAt }],
      state,
    };
    if (upstream === 'broken') transfer.errMsg = 'The channel failed';
    this.restore([transfer]);
    this.parts.log.created(entryOf(transfer));
    if (upstream === 'paid') this.end(transfer, TRANSFER_STATE.success);
    else if (upstream === 'declined' || upstream === 'refused') {
      this.end(transfer, TRANSFER_STATE.failed, UPSTREAM_ERRORS[upstream]);
    }
    return transfer;
  }

  /** Restores the transfers of a data file. */
  restore(transfers: Iterable<SandboxTransfer>): void {
    for (const transfer of transfers) {
      this.ledger.add(transfer);
      this.parts.log.opened(entryOf(transfer));
    }
  }

  /** @throws UnknownOrderError */
  known(mchOrderNo: string, mchNo?: string): SandboxTransfer {
    return this.ledger.pick(mchOrderNo, mchNo) ?? UnknownOrderError.throw('transfer', mchOrderNo, mchNo);
  }

  /** @throws SandboxStateError unless the transfer is in state 1. */
  end(
    transfer: SandboxTransfer,
    state: TransferStateNumber,
    error: { readonly errCode?: string; readonly errMsg?: string } = DECLINED,
  ): void {
    const { clock, log, announcer } = this.parts;
    const from = transfer.state;
    moveMoney(transfer, state, clock.now());
    log.moved(entryOf(transfer), from, state, 'control');
    if (state === TRANSFER_STATE.success) {
      transfer.successTime = clock.now();
      transfer.channelOrderNo = newChannelOrderNo(transfer.successTime);
    } else {
      Object.assign(transfer, error);
    }
    announcer.announce(entryOf(transfer));
  }
}

function entryOf(of: SandboxTransfer): Entry {
  return { kind: 'transfer', of };
}
