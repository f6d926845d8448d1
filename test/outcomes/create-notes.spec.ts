import { describe, expect, it } from '@jest/globals';
import type { CreateResult, NewOrder } from '../../lib/client/order-store.js';
import { Pass2PayRateLimitError } from '../../lib/errors/pass2pay.errors.js';
import { CreateNotes } from '../../lib/outcomes/create-notes.js';
import { MemoryInbox } from '../../lib/outcomes/memory-inbox.js';
import { outcomesOptions } from '../../lib/outcomes/outcomes.options.js';
import { OrderState } from '../../lib/protocol/order-state.js';

const SUBJECT = 'payment:M1:o1';
const ORDER: NewOrder = {
  kind: 'payment',
  mchNo: 'M1',
  appId: 'A1',
  mchOrderNo: 'O1',
  amount: 5,
  currency: 'cny',
  custNo: 'C1',
  expiresInS: 900,
};

function open() {
  const inbox = new MemoryInbox();
  return { inbox, notes: new CreateNotes(inbox, outcomesOptions.resolve({})) };
}

const created = (state: OrderState): CreateResult => ({ status: 'created', gatewayId: 'P1', response: { state } });

describe('a create without a database', () => {
  it('knows of no earlier one', async () => {
    expect(await open().notes.creating()).toEqual({ known: 'nothing' });
  });

  it('that is answered with a state without payment is remembered, so that a payment is late', async () => {
    const { inbox, notes } = open();
    await notes.settled(ORDER, created(OrderState.Failed));
    expect(await inbox.recall(SUBJECT)).toEqual({ lastApplied: undefined, gatewayState: OrderState.Failed });
    // The claim was given back.
    expect(await inbox.claim(SUBJECT, 1_000)).toMatchObject({ status: 'claimed' });
  });

  it.each<[string, CreateResult]>([
    ['is open', created(OrderState.Paying)],
    ['is paid', created(OrderState.Success)],
    ['was refused', { status: 'refused', error: new Pass2PayRateLimitError(undefined, 'gateway', {}) }],
    ['is unknown', { status: 'unknown', error: new Error('no answer') }],
  ])('leaves no note of an order that %s', async (_how, result) => {
    const { inbox, notes } = open();
    await notes.settled(ORDER, result);
    expect(await inbox.recall(SUBJECT)).toEqual({ lastApplied: undefined, gatewayState: undefined });
  });

  it('does not take back what is known of the order', async () => {
    const { inbox, notes } = open();
    const claimed = await inbox.claim(SUBJECT, 1_000);
    if (claimed.status === 'claimed') await inbox.complete(claimed.claim, OrderState.Refunded, OrderState.Refunded);
    await notes.settled(ORDER, created(OrderState.Failed));
    expect(await inbox.recall(SUBJECT)).toEqual({
      lastApplied: OrderState.Refunded,
      gatewayState: OrderState.Refunded,
    });
  });

  it('leaves the note to the event of the order that is being processed', async () => {
    const { inbox, notes } = open();
    await inbox.claim(SUBJECT, 1_000);
    await notes.settled(ORDER, created(OrderState.Failed));
    expect(await inbox.recall(SUBJECT)).toEqual({ lastApplied: undefined, gatewayState: undefined });
  });
});
