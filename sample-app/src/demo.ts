// The whole way of an order, over real HTTP: shop → gateway → payer → notify → database; and what does not get through.
import { OrderState, sign } from 'nestjs-pass2pay';
import type { NotifyAttempt } from 'pass2pay-sandbox';
import { proveNotifyUrl } from 'pass2pay-sandbox/testing';
import { get, json, post, postForm, postJson } from './demo/http.js';
import { appliedOutcomes, orderRow } from './demo/books.js';
import { Report } from './demo/report.js';
import { openScene, type Scene } from './demo/scene.js';
import { until } from './demo/wait.js';
import type { OrderView, PlacedOrder } from './orders/orders.controller.js';

const report = new Report();

try {
  report.step('Start the sandbox gateway and the shop');
  const scene = await openScene();
  try {
    await buyAndPay(scene);
    await prove(scene);
    report.step('Stop');
  } finally {
    await scene.close();
  }
  console.log('\nAll checks passed.');
} catch (error) {
  console.error(`\n✗ ${error instanceof Error ? error.message : String(error)}`);
  // A half-started sandbox would keep the process alive.
  process.exit(1);
}

async function buyAndPay({ sandbox, shopUrl, databaseFile, killAndRestart }: Scene): Promise<void> {
  const row = (mchOrderNo: string) => orderRow(databaseFile, mchOrderNo);
  const applied = (mchOrderNo: string) => appliedOutcomes(databaseFile, mchOrderNo);
  const notifyUrl = `${shopUrl}/pay/notify`;
  report.note(`gateway  ${sandbox.url}`);
  report.note(`shop     ${shopUrl}`);
  report.note(`database ${databaseFile}`);

  report.step('Order tea from the shop, without sending a price');
  const { mchOrderNo, viewToken, cashierUrl } = await order(shopUrl, 'tea');
  report.note(`order    ${mchOrderNo}`);
  report.note(`cashier  ${cashierUrl}`);
  report.expect('the shop has stored it: new, 88.00 yuan', stateAndAmount(row(mchOrderNo)), ['new', 8800]);

  report.step('Open the cashier page, as the payer does');
  const page = await get(cashierUrl!);
  report.expect(`it responds: "${/<title>(.*)<\/title>/.exec(page.body)?.[1]}"`, page.status, 200);
  report.expect('it asks for 88.00', page.body.includes('88.00'), true);
  report.expect('the gateway waits for the payment', sandbox.order(mchOrderNo)?.state, OrderState.Created);

  report.step('Pay, and let the gateway notify the shop');
  const controls = `${sandbox.url}/sandbox/orders/${mchOrderNo}`;
  report.expect('paid at the gateway', (await post(`${controls}/pay`)).status, 200);
  const notify = await until('the notify', async () => {
    const attempts = json(await get(`${controls}/notify-attempts`)) as NotifyAttempt[];
    return attempts[0];
  });
  report.expect(
    'the notify was verified and acknowledged: 200, "success"',
    [notify.status, notify.response],
    [200, 'success'],
  );

  report.step('Check the shop’s database');
  const view = json(await get(`${shopUrl}/orders/${viewToken}`)) as OrderView;
  const paid = row(mchOrderNo);
  report.expect('the shop says: paid', view.state, 'paid');
  report.expect('the database says: paid', stateAndAmount(paid), ['paid', 8800]);
  // The gateway tells whole seconds.
  const paidAt = Math.floor((sandbox.order(mchOrderNo)?.successTime ?? 0) / 1_000) * 1_000;
  report.expect('with the gateway’s time of payment', paid?.paidAt, paidAt);
  report.expect('with the gateway’s order number', paid?.payOrderId, sandbox.order(mchOrderNo)?.payOrderId);

  report.step('Try to get the tea set (1,003.10 yuan) without paying for it');
  const victim = (await order(shopUrl, 'set')).mchOrderNo;
  const genuine = Object.fromEntries(new URLSearchParams(notify.body));
  const readdressed = await postForm(notifyUrl, { ...genuine, mchOrderNo: victim });
  report.expect('the tea’s notify with a changed order number: 401', readdressed.status, 401);
  const { sign: _, ...fields } = genuine;
  const selfMade = { ...fields, mchOrderNo: victim, payOrderId: sandbox.order(victim)!.payOrderId, amount: '100310' };
  const wrongSecret = await postForm(notifyUrl, { ...selfMade, sign: sign(selfMade, 'a guess at the secret') });
  report.expect('a notify with correct fields, signed with a guessed secret: 401', wrongSecret.status, 401);
  const cheap = { ...selfMade, amount: '1' };
  const rightSecret = await postForm(notifyUrl, { ...cheap, sign: sign(cheap, sandbox.merchants[0]!.secret) });
  report.expect(
    'correctly signed, but for 0.01 yuan: acknowledged, because a redelivery would not help',
    [rightSecret.status, rightSecret.body],
    [200, 'success'],
  );
  report.expect('the shop has recorded the mismatch', row(victim)?.mismatch, 'amount is 1, not 100310');
  report.expect('and the tea set is still not paid', stateAndAmount(row(victim)), ['new', 100_310]);

  report.step('Tamper with the amount of the genuine notify');
  const tampered = await postForm(notifyUrl, { ...genuine, amount: '880' });
  report.expect('refused: 401', tampered.status, 401);
  report.expect('the order is untouched', row(mchOrderNo), paid);

  report.step('Resend the genuine notify, as the gateway does when a response is lost');
  report.expect('sent again, the same bytes', (await post(`${controls}/resend-notify`)).status, 200);
  const repeated = await until('the repeated notify', async () => sandbox.notifyAttempts(mchOrderNo).at(1));
  report.expect('acknowledged again', [repeated.body === notify.body, repeated.response], [true, 'success']);
  report.expect('without changing the row again', row(mchOrderNo), paid);
  report.expect('and without a second outcome', applied(mchOrderNo), ['Success']);

  report.step('Fill in the checkout form, and click twice');
  const form = await get(`${shopUrl}/checkout/cup`);
  const [, checkoutKey] = /name="checkoutKey" value="([^"]*)"/.exec(form.body) ?? [];
  const filledIn = { checkoutKey: checkoutKey!, userName: 'Wang Wei', mbrTel: '13800138000' };
  const before = sandbox.orders().length;
  const clicks = await Promise.all([1, 2].map(() => postForm(`${shopUrl}/checkout/cup/order`, filledIn)));
  report.expect('both redirect', [clicks[0]!.status, clicks[1]!.status], [303, 303]);
  report.expect('one order was created', sandbox.orders().length - before, 1);

  report.step('Let an order close unpaid, kill the shop, and deliver the late payment to the next process');
  const late = sandbox.orders().at(-1)!.mchOrderNo;
  const closing = `${sandbox.url}/sandbox/orders/${late}`;
  report.expect('closed at the gateway', (await post(`${closing}/close`)).status, 200);
  await sandbox.notifySettled(late);
  report.expect('the shop says: closed', row(late)?.state, 'closed');
  await killAndRestart();
  report.note('The shop was killed, and started again on its database.');
  report.expect('paid all the same', (await post(`${closing}/pay-after-close`)).status, 200);
  report.expect('acknowledged', (await sandbox.notifySettled(late)).acknowledged, true);
  const paidLate = row(late);
  report.expect('the shop says: paid, and late', [paidLate?.state, paidLate?.late], ['paid', 1]);
  report.expect('sent again', (await post(`${closing}/resend-notify`)).status, 200);
  report.expect('acknowledged again', (await sandbox.notifySettled(late)).acknowledged, true);
  report.expect('without changing the row again', row(late), paidLate);
  report.expect('each outcome was applied once', applied(late), ['Closed', 'Success']);
}

/** What a merchant does before going live: `pass2pay prove`, here with functions instead of commands. */
async function prove({ sandbox, shopUrl, databaseFile, killAndRestart }: Scene): Promise<void> {
  report.step(
    'Prove the notify route: everything that could lose or double a payment, and the shop killed three times',
  );
  const proof = await proveNotifyUrl({
    notifyUrl: `${shopUrl}/pay/notify`,
    sandbox,
    orders: async () => (json(await postJson(`${shopUrl}/orders`, { product: 'tea' })) as PlacedOrder).mchOrderNo,
    count: (no) => appliedOutcomes(databaseFile, no).filter((outcome) => outcome === 'Success').length,
    restart: killAndRestart,
    times: { quietMs: 20 },
  });
  for (const { title, status } of proof.checks) {
    if (status !== 'skipped') report.expect(title, status, 'passed');
  }
}

async function order(shopUrl: string, product: string): Promise<PlacedOrder> {
  const response = await postJson(`${shopUrl}/orders`, { product });
  report.expect(`the shop takes the order (${product})`, response.status, 201);
  return json(response) as PlacedOrder;
}

function stateAndAmount(row: ReturnType<typeof orderRow>): unknown[] {
  return [row?.state, row?.amount];
}
