import { createRequire } from 'node:module';
import { startServer } from '../lib/children.mjs';
import { concurrent, interleaved, PLAN, ratio } from '../lib/measure.mjs';
import { fromRoot, MERCHANT, notifyParams, sign } from '../lib/module.mjs';
import { atLeast } from '../lib/targets.mjs';

const CONCURRENCY = 32;
const requireNest11 = createRequire(new URL('../nest11/package.json', import.meta.url));

/** A notify through a whole Nest application, beside a route that only answers, and beside Stripe's webhook. */
export async function run(progress) {
  const { Pool } = fromRoot('undici');
  const servers = {
    'Express, bare @Post': await startServer('servers/notify.mjs', 'express', 'bare'),
    'Express, nestjs-pass2pay': await startServer('servers/notify.mjs', 'express', 'notify'),
    'Fastify, bare @Post': await startServer('servers/notify.mjs', 'fastify', 'bare'),
    'Fastify, nestjs-pass2pay': await startServer('servers/notify.mjs', 'fastify', 'notify'),
    'Express, @golevelup/nestjs-stripe (Nest 11)': await startServer('nest11/golevelup.mjs'),
  };
  const count = Math.ceil(60_000 * PLAN.scale);
  const form = { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' };
  const notifies = Array.from({ length: count }, (_, n) => {
    const params = notifyParams(10_000_000 + n);
    return { headers: form, body: new URLSearchParams({ ...params, sign: sign(params, MERCHANT.secrets) }).toString() };
  });
  const events = stripeEvents(count, notifies[0].body.length);
  const pools = [];
  const cases = Object.fromEntries(
    Object.entries(servers).map(([name, { url }]) => {
      const { origin, pathname } = new URL(url);
      const pool = new Pool(origin, { connections: CONCURRENCY });
      pools.push(pool);
      const messages = name.includes('golevelup') ? events : notifies;
      let next = 0;
      const send = async () => {
        const { headers, body } = messages[next++ % count];
        const answer = await pool.request({ path: pathname, method: 'POST', headers, body });
        const text = await answer.body.text();
        if (answer.statusCode > 201) throw new Error(`${name} answered ${answer.statusCode}: ${text}`);
      };
      return [name, concurrent(send, CONCURRENCY)];
    }),
  );
  const samples = await interleaved(cases, { progress });
  for (const pool of pools) await pool.close();
  for (const server of Object.values(servers)) await server.stop();
  const own = { Express: 'Express, nestjs-pass2pay', Fastify: 'Fastify, nestjs-pass2pay' };
  return [
    {
      id: 'notify',
      title: 'A notify: parsed, verified, handled once, acknowledged (32 at a time)',
      unit: 'requests/s',
      samples,
      targets: [
        atLeast('a bare @Post on Express', 0.8, ratio(samples, own.Express, 'Express, bare @Post')),
        atLeast('a bare @Post on Fastify', 0.8, ratio(samples, own.Fastify, 'Fastify, bare @Post')),
        atLeast(
          '@golevelup/nestjs-stripe',
          1,
          ratio(samples, own.Express, 'Express, @golevelup/nestjs-stripe (Nest 11)'),
        ),
      ],
    },
  ];
}

/** Stripe's events as long as the notifies, each signed. */
function stripeEvents(count, length) {
  const Stripe = requireNest11('stripe');
  const stripe = new Stripe('sk_test_0');
  return Array.from({ length: count }, (_, n) => {
    const event = {
      id: `evt_${n}`,
      object: 'event',
      livemode: true,
      type: 'payment_intent.succeeded',
      data: { object: { id: `pi_${n}`, note: '' } },
    };
    event.data.object.note = 'x'.repeat(Math.max(0, length - JSON.stringify(event).length));
    const body = JSON.stringify(event);
    const signature = stripe.webhooks.generateTestHeaderString({ payload: body, secret: 'whsec_0' });
    return { headers: { 'Content-Type': 'application/json', 'Stripe-Signature': signature }, body };
  });
}
