import type { Check } from '../check.js';

const COPIES = 5;

/** The gateway's own messages, repeated and in any order. */
export const GENUINE_NOTIFIES: readonly Check[] = [
  {
    id: 'five-times',
    title: 'A payment that is notified five times is fulfilled once',
    async run(trial) {
      const message = await trial.order.paid();
      trial.shared.paid = trial.order.signed(trial.order.fields());
      const { receipt } = await trial.deliver(message);
      const atOnce = await trial.effectsNow();
      const first = await trial.effects(1);
      if (first === 0) {
        if (receipt.acknowledged) trial.found('no-effect', { seen: 'acknowledged but never fulfilled', message });
        return;
      }
      if (receipt.acknowledged && atOnce === 0 && !trial.app.canRestart) {
        trial.found('acknowledged-early', { seen: 'fulfilled only after the response', message });
      }
      for (let copy = 1; copy < COPIES; copy++) await trial.deliver(message);
      await trial.counted(message, {});
      trial.shared.isRepeated = (await trial.effectsNow()) > 1;
    },
  },
  {
    id: 'at-once',
    title: 'Five copies at once are fulfilled once',
    async run(trial) {
      const message = await trial.order.paid();
      // Some may be refused while another is being handled: the gateway then resends them.
      await Promise.all(Array.from({ length: COPIES }, () => trial.app.post(message)));
      await trial.deliver(message);
      await trial.counted(message, { several: 'at-once' });
    },
  },
  lateAfter('close', 'closed'),
  lateAfter('fail', 'failed'),
  {
    id: 'paid-then-closed',
    title: 'A closed notify after the payment changes nothing',
    async run(trial) {
      const closed = await trial.order.ended('close');
      const paid = await trial.order.paidLate();
      await trial.deliver(paid);
      if ((await trial.effects(1)) === 0) {
        return trial.found('late-payment-lost', { seen: 'acknowledged but never fulfilled', message: paid });
      }
      await trial.deliver(closed);
      if ((await trial.effects(1)) === 0) {
        return trial.found('paid-undone', { seen: 'fulfilled before, but no longer', message: closed });
      }
      await trial.deliver(paid);
      await trial.counted(paid, { several: 'paid-undone' });
    },
  },
];

function lateAfter(how: 'close' | 'fail', state: string): Check {
  return {
    id: `${state}-then-paid`,
    title: `A payment after the order has ${state} is fulfilled once`,
    async run(trial) {
      const ended = await trial.order.ended(how);
      await trial.deliver(ended);
      if ((await trial.effects(0)) > 0) {
        return trial.found('unpaid-fulfilled', { seen: `${state}, but fulfilled`, message: ended });
      }
      if (how === 'close' && trial.app.canRestart) await trial.app.restart();
      const message = await trial.order.paidLate();
      await trial.deliver(message);
      if ((await trial.effects(1)) === 0) {
        return trial.found('late-payment-lost', {
          seen: `notified as ${state}, then as paid, but never fulfilled`,
          message,
        });
      }
      await trial.deliver(message);
      await trial.counted(message, {});
    },
  };
}
