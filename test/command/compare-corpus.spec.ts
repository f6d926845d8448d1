import { describe, expect, it } from '@jest/globals';
import { parse } from 'lossless-json';
import { verify } from '../../lib/protocol/signature/verify.js';
import { CaseMaker } from '../../sandbox/command/compare/case-maker.js';
import { textOf } from '../../sandbox/command/compare/compare-responses.js';
import { corpus } from '../../sandbox/command/compare/corpus.js';
import { writeRequest } from '../../sandbox/command/compare/write-request.js';
import { DIALECTS } from '../../sandbox/gateway/dialects/dialects.js';
import { MERCHANT } from '../support/test-merchant.js';

const { mchNo, appId, secrets } = MERCHANT;

function casesOf(dialect: 'pass2pay' | 'platform', create = true) {
  let last = 0;
  const newNumber = () => `cmp-${(last += 1)}`;
  const maker = new CaseMaker({ dialect: DIALECTS[dialect], account: { mchNo, appId }, newNumber });
  return corpus(maker, { create }).flatMap(({ cases }) => cases);
}

/** The signed parameters of a JSON body, as texts; undefined where the signature is not of this merchant. */
function signedParams(body: string): Record<string, string> | undefined {
  const { sign, ...params } = parse(body) as Record<string, unknown>;
  const texts = Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => (value === null ? [] : [[name, textOf(value)]])),
  );
  return typeof sign === 'string' && verify(texts, sign, secrets) ? texts : undefined;
}

describe.each(['pass2pay', 'platform'] as const)('the corpus of the dialect %s', (dialect) => {
  const values = { now: '1716888888123', payOrderId: 'P1795063328371040258' };
  const written = casesOf(dialect).map((one) => ({ one, request: writeRequest(one, secrets, values) }));

  it('has each case once', () => {
    const names = written.map(({ one }) => one.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has a case for every endpoint', () => {
    expect(new Set(written.map(({ one }) => one.endpoint))).toEqual(new Set(Object.keys(DIALECTS[dialect].endpoints)));
  });

  it('signs nothing that would move money or bind an account', () => {
    const paths = ['/api/transferOrder', '/api/division/receiver/bind', '/api/division/exec'];
    const sent = written.filter(({ request }) => paths.some((path) => request.target.startsWith(path)));
    expect(sent.length).toBeGreaterThan(30);
    for (const { one, request } of sent) {
      expect(['wrong', 'missing']).toContain(one.signing);
      if (request.body.startsWith('{')) expect(signedParams(request.body)).toBeUndefined();
    }
  });

  it('signs no order of more than 1 fen, and no refund of an order that exists', () => {
    const made = new Set<string>();
    for (const { one, request } of written) {
      const isPlain = one.place === 'json' && one.body === undefined && !one.rewrite;
      const params = isPlain ? signedParams(request.body) : undefined;
      if (!params) continue;
      if (one.endpoint === 'refundOrder') expect(made).not.toContain(params['mchOrderNo']);
      if (!one.endpoint.endsWith('Order')) continue;
      made.add(params['mchOrderNo'] ?? '');
      const amount = Number(params['amount'] ?? params['refundAmount'] ?? 0);
      expect(Number.isNaN(amount) || amount < 1.5).toBe(true);
    }
  });

  it('gives each order a customer of its own', () => {
    const customers = written.flatMap(({ one: { params } }) =>
      typeof params['custNo'] === 'string' && params['custNo'].trim() !== '' ? [params['custNo']] : [],
    );
    expect(new Set(customers).size).toBe(customers.length);
  });

  it('has no sample of a payer, a card or a code that somebody could have', () => {
    for (const { request } of written) expect(request.body).not.toMatch(/authCode|openid|buyerUserId|accountName/);
  });
});
