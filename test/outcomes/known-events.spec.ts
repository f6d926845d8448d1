import { beforeEach, describe, expect, it } from '@jest/globals';
import { KnownEvents } from '../../lib/outcomes/known-events.js';
import { MemoryInbox } from '../../lib/outcomes/memory-inbox.js';
import { OrderTurns } from '../../lib/outcomes/order-turns.js';
import { InboxMemory } from '../../lib/outcomes/outcome-memory.js';
import { outcomeEvent } from '../../lib/outcomes/outcome.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { paymentEvent } from './support/events.js';

const SUBJECT = 'payment:M1:o1';
const notification = (state = OrderState.Success) =>
  Object.assign(new PaymentNotification(), paymentEvent({ state }).data);

describe('a notify that is to be confirmed by a query', () => {
  let inbox: MemoryInbox;
  let turns: OrderTurns;
  let known: KnownEvents;
  let queries: number;

  beforeEach(() => {
    inbox = new MemoryInbox();
    turns = new OrderTurns();
    known = new KnownEvents(new InboxMemory(inbox), turns);
    queries = 0;
  });

  const confirm = async () => {
    queries += 1;
    return notification(OrderState.Refunded);
  };
  const apply = async (state: OrderState) => {
    const claimed = await inbox.claim(SUBJECT, 1_000);
    if (claimed.status === 'claimed') await inbox.complete(claimed.claim, state);
  };

  it('is, and becomes what the query says', async () => {
    const told = notification();
    expect(await known.confirmInTurn(told, false, confirm)).toMatchObject({ state: OrderState.Refunded });
    expect(queries).toBe(1);
    expect(known.recognisedAs(outcomeEvent(told, 'notify'))).toBeUndefined();
  });

  it.each([
    ['duplicate', OrderState.Success],
    ['stale', OrderState.Refunded],
  ])('is not where it is known (%s), and is recognised from then on', async (value, applied) => {
    await apply(applied);
    const told = notification();
    expect(await known.confirmInTurn(told, false, confirm)).toBe(told);
    expect(queries).toBe(0);
    expect(known.recognisedAs(outcomeEvent(told, 'notify'))).toBe(value);
    expect(known.recognisedAs(outcomeEvent(notification(), 'notify'))).toBeUndefined();
  });

  it('is all the same where its signature is valid for other messages, too', async () => {
    await apply(OrderState.Success);
    await known.confirmInTurn(notification(), true, confirm);
    expect(queries).toBe(1);
  });

  it('waits for another one of its order, and is to be sent again where too many wait', async () => {
    let end!: () => void;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const slow = async () => {
      await ended;
      return confirm();
    };
    const confirmed = Array.from({ length: 5 }, () => known.confirmInTurn(notification(), false, slow));
    await expect(known.confirmInTurn(notification(), false, slow)).rejects.toMatchObject({
      status: 503,
      message: 'Another event of payment O1 of merchant M1 is being processed; send it again later.',
    });
    expect(queries).toBe(0);
    end();
    await Promise.all(confirmed);
    expect(queries).toBe(5);
  });

  it('is to be sent again where too many events of its order wait to be applied', async () => {
    let end!: () => void;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const working = Array.from({ length: 5 }, () => turns.run(SUBJECT, 60_000, () => ended));
    await expect(known.confirmInTurn(notification(), false, confirm)).rejects.toMatchObject({ status: 503 });
    expect(queries).toBe(0);
    end();
    await Promise.all(working);
    await known.confirmInTurn(notification(), false, confirm);
    expect(queries).toBe(1);
  });

  it('throws what the query throws', async () => {
    const failing = async () => {
      throw new Error('gateway down');
    };
    await expect(known.confirmInTurn(notification(), false, failing)).rejects.toThrow('gateway down');
  });
});
