import { setTimeout as sleep } from 'node:timers/promises';
import type { Check } from '../check.js';

const PAUSE_MS = 25;

/** The application crashes, or something that it depends on fails. */
export const CRASHES: readonly Check[] = [
  {
    id: 'killed-after-acknowledging',
    title: 'An acknowledged payment survives a restart and is not fulfilled again',
    needs: 'restart',
    async run(trial) {
      const message = await trial.order.paid();
      const { receipt } = await trial.deliver(message);
      await trial.app.restart();
      if ((await trial.effects(1)) === 0 && receipt.acknowledged) {
        return trial.found('lost-after-acknowledgement', {
          seen: 'acknowledged, but not fulfilled after the application was killed and restarted',
          message,
        });
      }
      await trial.deliver(message);
      await trial.deliver(message);
      await trial.counted(message, { several: 'repeated-after-restart' });
    },
  },
  {
    id: 'killed-while-handling',
    title: 'A payment is fulfilled once if the process is killed during its notify',
    needs: 'restart',
    async run(trial) {
      const message = await trial.order.paid();
      const over = new AbortController();
      let wasAcknowledged = false;
      const keepTelling = async () => {
        while (!over.signal.aborted) {
          const { receipt } = await trial.app.post(message);
          wasAcknowledged ||= receipt.acknowledged;
          await sleep(PAUSE_MS);
        }
      };
      const told = keepTelling();
      try {
        await trial.app.restart();
      } finally {
        over.abort();
        await told;
      }
      trial.judge(await trial.app.postUntilAcknowledged(message));
      const none = wasAcknowledged ? 'lost-after-acknowledgement' : 'no-effect';
      await trial.counted(message, { none, several: 'repeated-after-restart' });
    },
  },
  {
    id: 'query-fails',
    title: 'If a query fails once, the payment is fulfilled by a later attempt',
    async run(trial) {
      const message = await trial.order.paid();
      const { mchOrderNo, merchant } = trial.order;
      const { mchNo } = merchant;
      const failure = trial.sandbox.inject({ kind: 'http-500', endpoint: 'query', mchNo, mchOrderNo });
      const { receipt } = await trial.app.post(message);
      failure.remove();
      if (receipt.acknowledged && (await trial.effects(1)) === 0) {
        return trial.found('failed-attempt', {
          seen: 'acknowledged while the gateway responded to queries with HTTP 500, but never fulfilled',
          message,
        });
      }
      trial.judge(await trial.app.postUntilAcknowledged(message));
      await trial.counted(message, {});
    },
  },
];
