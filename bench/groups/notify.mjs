import { createRequire } from 'node:module';
import { startServer } from '../lib/children.mjs';
import { awake, batched, interleavedBatches, PLAN, ratio } from '../lib/measure.mjs';
import { fromRoot, MERCHANT, notifyParams, sign } from '../lib/module.mjs';
import { answered } from '../lib/requests.mjs';
import { atLeast } from '../lib/targets.mjs';

const CONCURRENCY = 32;
const requireNest11 = createRequire(new URL('../nest11/package.json', import.meta.url));

/** A notify through a whole Nest application, beside a route that only answers, and beside Stripe's webhook. */
export async function run(progress) {
  const { Pool } = fromRoot('undici');
  const servers = {
    'Express, bare @Post': await startServer('servers/notify.mjs', 'express', 'bare'),
    'Express, a @Post that verifies': await startServer('servers/notify.mjs', 'express', 'verifying'),
    'Express, nestjs-pass2pay': await startServer('servers/notify.mjs', 'express', 'notify'),
    'Fastify, bare @Post': await startServer('servers/notify.mjs', 'fastify', 'bare'),
    'Fastify, a @Post that verifies': await startServer('servers/notify.mjs', 'fastify', 'verifying'),
    'Fastify, nestjs-pass2pay': await startServer('servers/notify.mjs', 'fastify', 'notify'),
    'Express, @golevelup/nestjs-stripe (Nest 11)': await startServer('nest11/golevelup.mjs'),
  };
  const count = Math.ceil(800 * PLAN.scale);
  const nextNotifies = notifies();
  const nextEvents = stripeEvents(nextNotifies(1)[0].body.length);
  const pools = [];
  const cases = Object.fromEntries(
    Object.entries(servers).map(([name, { url }]) => {
      const { origin, pathname } = new URL(url);
      const pool = new Pool(origin, { connections: CONCURRENCY });
      pools.push(pool);
      const next = name.includes('golevelup') ? nextEvents : nextNotifies;
      const prepare = () =>
        next(count).map((message) => () => answered(pool, { path: pathname, method: 'POST', ...message }));
      return [name, batched(prepare, CONCURRENCY)];
    }),
  );
  const samples = await awake(() => interleavedBatches(cases, progress));
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

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' };

/** Makes genuine notifies, each of another order. */
function notifies() {
  let n = 10_000_000;
  return (count) =>
    Array.from({ length: count }, () => {
      const params = notifyParams((n += 1));
      const body = new URLSearchParams({ ...params, sign: sign(params, MERCHANT.secrets) }).toString();
      return { headers: FORM, body };
    });
}

/** Makes Stripe's events as long as the notifies, each signed. */
function stripeEvents(length) {
  const Stripe = requireNest11('stripe');
  const stripe = new Stripe('sk_test_0');
  let n = 0;
  return (count) =>
    Array.from({ length: count }, () => {
      const event = {
        id: `evt_${(n += 1)}`,
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
