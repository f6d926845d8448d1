import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  compareResponses,
  type Divergence,
  type ReceivedResponse,
} from '../../../sandbox/command/compare/compare-responses.js';
import { sign } from '../../../lib/protocol/signature/sign.js';
import { verify } from '../../../lib/protocol/signature/verify.js';
import { Pass2PaySandbox, SandboxStateError, type UpstreamResult } from '../../../sandbox/index.js';
import { NotifyReceiver } from '../support/notify-receiver.js';
import {
  bodyOf,
  FLOW_STEPS,
  type FlowStep,
  MERCHANTS,
  NOTIFIES,
  pathOf,
  RECORDED_MERCHANT,
} from '../../support/recordings.js';

const { mchNo, appId, secret } = RECORDED_MERCHANT;
const COMMON = { mchNo, appId, version: '1.0', signType: 'MD5', reqTime: '1795637877992' };

/** What the subjects told the fake channel behind the recorded server. */
const CHANNEL: Readonly<Record<string, UpstreamResult>> = {
  'up:paid': 'paid',
  'up:declined': 'declined',
  'up:fail': 'refused',
  'up:e500': 'broken',
  'up:garbage': 'broken',
};

/** The order that the recording refunds in vain, and those that it lets expire: it does not show how they were made. */
const UNPAID = 'R1795637881703-44';
const EXPIRED = ['P2125686006958608386', 'P2125686006883110913'];

let sandbox: Pass2PaySandbox;
let receiver: NotifyReceiver;
/** The sandbox's numbers by the recorded ones. */
const ids = new Map<string, string>();
const divergences: (readonly [string, Divergence[]])[] = [];

beforeAll(async () => {
  receiver = await NotifyReceiver.start();
  sandbox = await Pass2PaySandbox.start({ dialect: 'platform', merchants: MERCHANTS, clock: 'stepped' });
  await create(UNPAID);
  for (const step of FLOW_STEPS) await follow(step);
});
afterAll(async () => {
  await sandbox.stop();
  await receiver.stop();
});

describe('what the open platform’s server did with orders, step after step', () => {
  it('is all there', () => {
    expect(FLOW_STEPS).toHaveLength(82);
    expect(divergences).toHaveLength(FLOW_STEPS.filter(({ sent }) => sent).length);
  });

  it('is what the sandbox does', () => {
    expect(divergences.filter(([, found]) => found.length > 0)).toEqual([]);
  });

  it('announces what the server announced, in its bytes', async () => {
    await sandbox.advance(0);
    const recorded = NOTIFIES.filter(({ flow }) => flow !== undefined);
    expect(recorded.map(({ flow }) => flow)).toEqual(['closed', 'paid', 'refund', 'refund', 'expiryC']);
    for (const notify of recorded) {
      const isSame = (body: string): boolean => keyOf(body) === keyOf(notify.body);
      const sent = receiver.received.filter(({ body }) => isSame(body));
      expect(sent).toHaveLength(1);
      expect(shapeOf(sent[0]!.body)).toEqual(shapeOf(notify.body));
      expect(namesOf(sent[0]!.rawHeaders)).toEqual(Object.keys(notify.headers));
      expect(verifies(sent[0]!.body)).toBe(true);
    }
  });

  it('lets one of many creates of one number succeed, and tells the others one of two things', async () => {
    const { flow } = FLOW_STEPS.find((step) => step.flow === 'concurrent')!;
    const number = 'CC1795637881658';
    const answers = await Promise.all(Array.from({ length: 12 }, () => create(number)));
    const messages = answers.map(({ body }) => (JSON.parse(body) as { msg: string }).msg);
    expect(flow).toBe('concurrent');
    expect(messages.filter((msg) => msg === 'SUCCESS')).toHaveLength(1);
    expect(messages.every((msg) => ['SUCCESS', `商户订单[${number}]已存在`, '系统异常'].includes(msg))).toBe(true);
  });
});

async function follow(step: FlowStep): Promise<void> {
  const { flow, step: name, sent, answer } = step;
  if (flow === 'expiry' && !ids.has(EXPIRED[0]!)) await letExpire();
  if (!sent || !answer) {
    await channelSays(step);
    return;
  }
  const upstream = CHANNEL[String(sent['subject'])];
  if (upstream) sandbox.inject({ kind: 'upstream', result: upstream, endpoint: 'unifiedOrder' });
  const received = await post(pathOf(name, sent), translated(sent));
  const expected = { ...answer, contentType: received.contentType, body: bodyOf(answer) };
  divergences.push([`${flow}: ${name}`, compareResponses(expected, received, { secret })]);
  remember(answer.body, received.body);
}

/** A notify of the channel to the server. */
async function channelSays({ flow, step }: FlowStep): Promise<void> {
  if (step.includes('refunded')) {
    await sandbox.succeedRefund(sandbox.refunds().at(-1)!.mchRefundNo);
    return;
  }
  const order = orderOf(flow);
  if (order === undefined) return;
  if (step === 'channel says paid') await (flow === 'closed' ? sandbox.payAfterClose(order) : sandbox.pay(order));
  if (step === 'channel says paid after expiry') await sandbox.payAfterClose(order);
  // It says nothing new: the server takes no notice.
  if (step === 'channel says paid again') await expect(sandbox.pay(order)).rejects.toThrow(SandboxStateError);
  if (step === 'channel says failed') await expect(sandbox.fail(order)).rejects.toThrow(SandboxStateError);
}

function orderOf(flow: string): string | undefined {
  if (flow === 'expiry') return 'R1795638012049-3';
  return FLOW_STEPS.find((step) => step.flow === flow && step.step.startsWith('create'))?.sent?.['mchOrderNo'] as
    string | undefined;
}

async function letExpire(): Promise<void> {
  for (const [index, mchOrderNo] of ['R1795638012049-3', 'R1795638012030-2'].entries()) {
    await create(mchOrderNo, { expiredTime: 5, body: 'goods body', notifyUrl: `${origin()}/success/expiryC` });
    ids.set(EXPIRED[index]!, sandbox.order(mchOrderNo)!.payOrderId);
  }
  await sandbox.advance(65_000);
}

function create(mchOrderNo: string, params: Record<string, string | number> = {}): Promise<ReceivedResponse> {
  const order = { wayCode: 'ALI_QR', amount: 100, currency: 'cny', subject: 'goods', body: 'b', clientIp: '127.0.0.1' };
  return post('/api/pay/unifiedOrder', { ...COMMON, ...order, mchOrderNo, ...params });
}

/** As it was sent, about the sandbox's own order and to this test's own receiver. */
function translated({ sign: _sign, ...sent }: NonNullable<FlowStep['sent']>): Record<string, string | number> {
  const params = Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [name, ids.get(String(value)) ?? value]),
  );
  const { notifyUrl } = params;
  return notifyUrl === undefined ? params : { ...params, notifyUrl: origin() + new URL(String(notifyUrl)).pathname };
}

function remember(recorded: string | Record<string, unknown>, received: string): void {
  if (typeof recorded === 'string' || received === '') return;
  const data = recorded['data'] as Record<string, string> | undefined;
  const own = (JSON.parse(received) as { data?: Record<string, string> }).data;
  for (const name of ['payOrderId', 'refundOrderId']) {
    if (data?.[name] && own?.[name]) ids.set(data[name], own[name]);
  }
}

async function post(path: string, params: Record<string, string | number>): Promise<ReceivedResponse> {
  const response = await fetch(sandbox.url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...params, sign: sign(params, secret) }),
  });
  const contentType = response.headers.get('content-type') ?? undefined;
  return { status: response.status, contentType, body: await response.text() };
}

function origin(): string {
  return new URL(receiver.url).origin;
}

/** Which notify it is. */
function keyOf(body: string): string {
  const params = new URLSearchParams(body);
  return params.get('mchRefundNo') ?? params.get('mchOrderNo') ?? '';
}

/** Names in their order, values but for those that differ from run to run. */
function shapeOf(body: string): [string, string][] {
  const varying = /^(?:payOrderId|refundOrderId|channelOrderNo|sign|reqTime|createdAt|successTime)$/;
  return [...new URLSearchParams(body)].map(([name, value]) => [name, varying.test(name) ? '…' : value]);
}

function namesOf(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_text, index) => index % 2 === 0);
}

function verifies(body: string): boolean {
  const { sign: signature, ...fields } = Object.fromEntries(new URLSearchParams(body));
  return verify(fields, signature, secret);
}
