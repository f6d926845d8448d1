import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { startServer, withCpu } from '../lib/children.mjs';
import { awake, batched, interleavedBatches, PLAN, ratio } from '../lib/measure.mjs';
import { fromRoot, MERCHANT, notifyParams, sign } from '../lib/module.mjs';
import { answered } from '../lib/requests.mjs';
import { atMost } from '../lib/targets.mjs';

const CONCURRENCY = 32;
const BUILT_IN = 'built-in route';
const DECORATORS = 'decorators';
const STRIPE = 'Express, Nest 11, @golevelup/nestjs-stripe';
const ON_NEST_11 = `Express, Nest 11, nestjs-pass2pay, ${BUILT_IN}`;
const onBoth = (name, kind) =>
  ['Express', 'Fastify'].map((platform) => [
    `${platform}, ${name}`,
    ['servers/notify.mjs', platform.toLowerCase(), kind],
  ]);
const SERVERS = Object.fromEntries([
  ...onBoth('bare @Post', 'bare'),
  ...onBoth('by hand', 'by hand'),
  ...onBoth(`nestjs-pass2pay, ${BUILT_IN}`, 'built-in'),
  ...onBoth(`nestjs-pass2pay, ${DECORATORS}`, 'decorators'),
  [ON_NEST_11, ['nest11/pass2pay.mjs', JSON.stringify(MERCHANT)]],
  [STRIPE, ['nest11/golevelup.mjs']],
]);
const requireNest11 = createRequire(new URL('../nest11/package.json', import.meta.url));

/**
 * A notify through a complete Nest application, compared with a route that only responds, a hand-written one, and
 * Stripe's webhook.
 */
export async function run(progress) {
  putPackageBesideNest11();
  const servers = Object.fromEntries(
    await Promise.all(Object.entries(SERVERS).map(async ([name, args]) => [name, await startServer(...args)])),
  );
  const { Pool } = fromRoot('undici');
  const count = Math.ceil(800 * PLAN.scale);
  const nextNotifies = notifies();
  const nextEvents = stripeEvents(nextNotifies(1)[0].body.length);
  const pools = [];
  const cpu = Object.fromEntries(Object.keys(servers).map((name) => [name, []]));
  const cases = Object.fromEntries(
    Object.entries(servers).map(([name, { url, child }]) => {
      const { origin, pathname } = new URL(url);
      const pool = new Pool(origin, { connections: CONCURRENCY });
      pools.push(pool);
      const next = name === STRIPE ? nextEvents : nextNotifies;
      const prepare = () =>
        next(count).map((message) => () => answered(pool, { path: pathname, method: 'POST', ...message }));
      return [name, withCpu(child, count, cpu[name], batched(prepare, CONCURRENCY))];
    }),
  );
  const samples = await awake(() => interleavedBatches(cases, progress));
  const times = Object.fromEntries(
    Object.entries(cpu).map(([name, values]) => [name, values.slice(-samples[name].length)]),
  );
  for (const pool of pools) await pool.close();
  for (const server of Object.values(servers)) await server.stop();
  const atMostByHand = (platform, route, wanted) =>
    atMost(
      `the CPU of a route by hand on ${platform}, ${route}`,
      wanted,
      ratio(times, `${platform}, nestjs-pass2pay, ${route}`, `${platform}, by hand`),
    );
  return [
    {
      id: 'notify-cpu',
      title: 'CPU of the server for a notify: parsed, verified, handled once, acknowledged',
      unit: 'µs',
      isTime: true,
      samples: times,
      targets: [
        atMostByHand('Fastify', BUILT_IN, 1.2),
        atMostByHand('Express', BUILT_IN, 1.1),
        atMostByHand('Fastify', DECORATORS, 1.45),
        atMostByHand('Express', DECORATORS, 1.2),
        atMost('the CPU of @golevelup/nestjs-stripe on the same Nest', 1, ratio(times, ON_NEST_11, STRIPE)),
      ],
    },
    {
      id: 'notify',
      title: 'Notifies, 32 at a time',
      unit: 'requests/s',
      samples,
      targets: [],
    },
  ];
}

/** Copies the package as npm would install it, so that it resolves the Nest of bench/nest11. */
function putPackageBesideNest11() {
  const root = new URL('../../', import.meta.url);
  const place = new URL('../nest11/node_modules/nestjs-pass2pay/', import.meta.url);
  rmSync(place, { recursive: true, force: true });
  cpSync(new URL('dist', root), new URL('dist', place), { recursive: true });
  cpSync(new URL('package.json', root), new URL('package.json', place));
}

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' };

/** Creates genuine notifies, each for a different order. */
function notifies() {
  let n = 10_000_000;
  return (count) =>
    Array.from({ length: count }, () => {
      const params = notifyParams((n += 1));
      const body = new URLSearchParams({ ...params, sign: sign(params, MERCHANT.secrets) }).toString();
      return { headers: FORM, body };
    });
}

/** Creates signed Stripe events as long as the notifies. */
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
