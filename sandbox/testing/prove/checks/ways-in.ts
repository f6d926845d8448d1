import { randomBytes } from 'node:crypto';
import { sign } from 'nestjs-pass2pay/protocol';
import { appendQuery } from '../../../gateway/notify/notify-message.js';
import type { BodyWriter } from '../../../gateway/notify/notify-post.js';
import type { NotifyFormat } from '../../../gateway/options.js';
import type { Check } from '../check.js';
import { CannotProveError } from '../cannot-prove.error.js';
import { answerOf, type Trial } from '../trial.js';

const PIECES = 4;
const PAUSE_MS = 50;

/** Genuine notifies in other formats and over bad connections, and the payer's return to the shop. */
export const WAYS_IN: readonly Check[] = [
  {
    id: 'fields',
    title: 'A notify with unusual fields and characters is fulfilled',
    async run(trial) {
      const { order } = trial;
      await order.paid();
      const { reqTime: _left, createdAt: _out, ...fields } = order.fields();
      const message = order.write({
        ...fields,
        subject: '茶 "50%"; a=b? #1 🍵',
        mchFeeRate: '0.006',
        mchFeeAmount: '60',
        channelUser: '2088000000000000',
        someField: 'that is undocumented',
        extParam: '',
      });
      const posted = await trial.app.post(message);
      if ((await trial.effects(1)) === 0) return trial.found('fields', { seen: answerOf(posted), message });
      trial.judge(posted);
      await trial.counted(message, {});
    },
  },
  inFormat('json', 'as JSON'),
  inFormat('query', 'in the query string'),
  {
    id: 'connections',
    title: 'Slow, truncated and broken connections neither lose nor duplicate a payment',
    async run(trial) {
      const { order, app } = trial;
      // The order is not yet paid on the gateway, so querying it must not lead to an effect either.
      const unpaid = order.write(order.fields(2), 'form');
      await app.post(unpaid, cutInHalf);
      if ((await trial.effects(0)) > 0) {
        return trial.found('half-a-message', {
          seen: 'fulfilled, although only half of its body was sent',
          message: unpaid,
        });
      }
      const message = await order.paid('form');
      await app.post(message, hangUp);
      // The application may still be processing it.
      await trial.effects(1);
      trial.judge(await app.post(message, slowly));
      await trial.counted(message, {});
    },
  },
  { id: 'return-url', title: 'A visit to returnUrl is not a payment', needs: 'returnUrl', run: comeBack },
];

function inFormat(format: NotifyFormat, words: string): Check {
  return {
    id: `format-${format}`,
    title: `A notify ${words} is fulfilled once`,
    async run(trial) {
      const message = await trial.order.paid(format);
      const { receipt } = await trial.app.post(message);
      const effects = await trial.effects(receipt.acknowledged ? 1 : 0);
      if (effects === 0) return trial.found('format', { seen: `${words}: ${receipt.judgement.reason}`, message });
      await trial.deliver(message);
      await trial.counted(message, {});
    },
  };
}

/**
 * The payer's browser, with forged parameters, and with those that the gateway's page may pass on before the payment.
 */
async function comeBack(trial: Trial): Promise<void> {
  const { order, returnUrl = '' } = trial;
  const fields = order.fields(2);
  const links = [
    ['a link with state=2 and a random signature', randomBytes(32).toString('hex')],
    ['a link with state=2 that is correctly signed, although the order is not paid', order.merchant.secret],
  ] as const;
  for (const [what, secret] of links) {
    const url = appendQuery(returnUrl, { ...fields, sign: sign(fields, secret) });
    await open(url);
    if ((await trial.effects(0)) > 0) {
      const message = { url, body: '', contentType: '' };
      return trial.found('return-url', { seen: `${what}: fulfilled`, message, method: 'GET' });
    }
  }
  await trial.stillCounts(await order.paid());
}

/** @throws CannotProveError */
async function open(url: string): Promise<void> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(20_000) });
    await response.body?.cancel();
  } catch (error) {
    throw new CannotProveError('unreachable', `The request to returnUrl failed: ${String(error)}`, { cause: error });
  }
}

const cutInHalf: BodyWriter = (outgoing, body) => {
  outgoing.write(body.subarray(0, body.length / 2), () => outgoing.destroy());
};

/** The whole body arrives, but nobody waits for the response. */
const hangUp: BodyWriter = (outgoing, body) => {
  outgoing.end(body, () => outgoing.destroy());
};

const slowly: BodyWriter = (outgoing, body) => {
  const size = Math.ceil(body.length / PIECES);
  const write = (from: number): void => {
    if (outgoing.destroyed) return;
    if (from + size >= body.length) outgoing.end(body.subarray(from));
    else outgoing.write(body.subarray(from, from + size), () => setTimeout(write, PAUSE_MS, from + size));
  };
  write(0);
};
