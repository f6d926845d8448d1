import { Inject, Injectable } from '@nestjs/common';
import type { CreateResult, CreateStart, NewOrder, OrderStore } from '../client/order-store.js';
import { orderKey } from '../protocol/order-identity.js';
import { gatewayStateAfter, isUnpaidEnd } from '../protocol/state-order.js';
import { INBOX, type Inbox } from './inbox.js';
import { OUTCOMES_OPTIONS, type ResolvedOutcomesOptions } from './outcomes.options.js';

/**
 * Records in the inbox that a create was answered with a state without payment. If a channel fails, the gateway reports
 * 3 although the payer may still pay; that payment is late. Source: protocol §10.
 */
@Injectable()
export class CreateNotes implements OrderStore {
  constructor(
    @Inject(INBOX) private readonly inbox: Inbox,
    @Inject(OUTCOMES_OPTIONS) private readonly options: ResolvedOutcomesOptions,
  ) {}

  async creating(): Promise<CreateStart> {
    return { known: 'nothing' };
  }

  async settled({ kind, mchNo, mchOrderNo }: NewOrder, result: CreateResult): Promise<void> {
    if (result.status !== 'created') return;
    const { state } = result.response;
    if (!isUnpaidEnd(kind, state)) return;
    const subject = orderKey({ kind, mchNo, mchOrderNo });
    const claimed = await this.inbox.claim(subject, this.options.outcomes.leaseMs);
    // Its event is being processed, and contains the same state.
    if (claimed.status !== 'claimed') return;
    await this.inbox.release(claimed.claim, gatewayStateAfter(kind, claimed.gatewayState, state));
  }
}
