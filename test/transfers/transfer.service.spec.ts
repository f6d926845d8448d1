import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pass2PayError, Pass2PayValidationError } from '../../lib/errors/pass2pay.errors.js';
import { Pass2PayClient } from '../../lib/pass2pay-client/pass2pay-client.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import type { CreateTransferDto } from '../../lib/transfers/create-transfer.dto.js';
import { TransferState } from '../../lib/protocol/transfer-state.js';
import { TransferService } from '../../lib/transfers/transfer.service.js';
import { startServer, type FakeServer } from '../support/fake-server.js';

const MERCHANT = { mchNo: DEFAULT_MERCHANT.mchNo, appId: DEFAULT_MERCHANT.appId, secrets: DEFAULT_MERCHANT.secret };

const ACCOUNT_NO = '6222020200112233445';

const TRANSFER = {
  mchOrderNo: 'T1',
  amount: 10031,
  custNo: 'C200492312',
  clientIp: '210.73.10.148',
  accountNo: ACCOUNT_NO,
};

/** Every parameter that the page documents, and ifCode, which only its sample has. */
const WHOLE_TRANSFER = {
  ...TRANSFER,
  currency: 'cny',
  entryType: 'BANK_CARD',
  accountName: '张三',
  bankName: '中国工商银行',
  transferDesc: '0',
  ifCode: 'bankpay',
  notifyUrl: 'https://www.yourserver.com/transfer-notify',
  channelExtra: '{"telNo":"13812341234","cardNo":"320681198603213312","bankCode":"ICBC"}',
  extParam: '134586944573118714',
} as const;

/** A query's answer with every documented field. */
const QUERY_DATA = {
  mchNo: MERCHANT.mchNo,
  appId: MERCHANT.appId,
  mchOrderNo: 'T1',
  transferId: 'T1795063328371040258',
  amount: 10031,
  currency: 'cny',
  ifCode: 'bankpay',
  entryType: 'BANK_CARD',
  state: 3,
  accountNo: ACCOUNT_NO,
  accountName: '张三',
  bankName: '中国工商银行',
  transferDesc: '0',
  channelOrderNo: '20160427210604000490',
  errCode: '1002',
  errMsg: '余额不足',
  extParam: 'mine',
  createdAt: 1622016572190,
  successTime: 1622016573190,
};

/** A create's answer. */
const CREATED = { transferId: 'T9', mchOrderNo: 'T1', amount: 10031, accountNo: ACCOUNT_NO, state: 1 };

const FILLED_IN = ['mchNo', 'appId', 'reqTime', 'version', 'signType', 'sign'];

let sandbox: Pass2PaySandbox;
const open: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  sandbox = await Pass2PaySandbox.start();
});
afterEach(async () => {
  for (const closing of open.splice(0).toReversed()) await closing.close();
});
afterAll(() => sandbox.stop());

async function service(options: Partial<Pass2PayOptions> = {}): Promise<TransferService> {
  const client = new Pass2PayClient({ baseUrl: sandbox.url, merchants: [MERCHANT], retries: 0, ...options });
  open.push(client);
  return client.transfers;
}

/** A gateway that answers creates and queries with this data, rightly signed; undefined is 系统异常. */
async function answering(data: { create?: object; query?: object }): Promise<FakeServer> {
  const server = await startServer(({ path }, response) => {
    const answer = path.endsWith('/query') ? data.query : data.create;
    const signature = sign((answer ?? {}) as Record<string, string>, MERCHANT.secrets);
    response.end(
      JSON.stringify(
        answer === undefined
          ? { code: 9999, msg: '系统异常' }
          : { code: 0, msg: 'SUCCESS', data: answer, sign: signature, traceId: 't1' },
      ),
    );
  });
  open.push(server);
  return server;
}

const lastSent = () => JSON.parse(sandbox.requests.at(-1)!.body) as Record<string, unknown>;

const failure = async (call: Promise<unknown>): Promise<Pass2PayError> =>
  call.then(
    () => Promise.reject(new Error('the call succeeded')),
    (error: Pass2PayError) => error,
  );

describe('a transfer', () => {
  it.each(['json', 'form'] as const)('sends every documented parameter, as %s, and no other', async (requestFormat) => {
    const transfers = await service({ requestFormat });
    const transfer = { ...WHOLE_TRANSFER, mchOrderNo: `whole-${requestFormat}` };
    const made = await transfers.createTransfer(transfer);
    const { body, contentType, endpoint } = sandbox.requests.at(-1)!;
    const sent = requestFormat === 'json' ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
    expect(endpoint).toBe('transferOrder');
    expect(contentType).toContain(requestFormat);
    expect(Object.keys(sent as object).toSorted()).toEqual([...Object.keys(transfer), ...FILLED_IN].toSorted());
    for (const [name, value] of Object.entries(transfer)) {
      expect([name, String(sent[name])]).toEqual([name, String(value)]);
    }
    expect(sent.version).toBe('1.1');

    const stored = sandbox.transfer(transfer.mchOrderNo)!;
    expect({ ...made }).toEqual({
      transferId: stored.transferId,
      mchOrderNo: transfer.mchOrderNo,
      amount: 10031,
      state: TransferState.Processing,
      accountNo: ACCOUNT_NO,
      accountName: '张三',
      bankName: '中国工商银行',
      recovered: false,
      traceId: expect.any(String),
    });
  });

  it.each(['json', 'form'] as const)('comes back from a query as it went out, as %s', async (requestFormat) => {
    const transfers = await service({ requestFormat });
    const transfer = { ...WHOLE_TRANSFER, mchOrderNo: `asked-${requestFormat}` };
    const { transferId } = await transfers.createTransfer(transfer);
    const { custNo, clientIp, notifyUrl, channelExtra, ...told } = transfer;
    const expected = {
      ...told,
      transferId,
      mchNo: MERCHANT.mchNo,
      appId: MERCHANT.appId,
      state: TransferState.Processing,
      createdAt: expect.any(Number),
    };
    const found = await transfers.queryTransfer({ mchOrderNo: transfer.mchOrderNo });
    expect({ ...found }).toEqual(expected);
    expect({ ...(await transfers.queryTransfer({ transferId })) }).toEqual(expected);
    expect(sandbox.requests.at(-1)!.endpoint).toBe('transferQuery');
    // What no answer repeats has arrived all the same.
    expect(sandbox.transfer(transfer.mchOrderNo)!.request).toMatchObject({ custNo, clientIp, notifyUrl, channelExtra });
  });

  it('is followed to its end', async () => {
    const transfers = await service();
    for (const mchOrderNo of ['ends-well', 'ends-badly']) await transfers.createTransfer({ ...TRANSFER, mchOrderNo });
    await sandbox.succeedTransfer('ends-well');
    await sandbox.failTransfer('ends-badly');
    expect(await transfers.queryTransfer({ mchOrderNo: 'ends-well' })).toMatchObject({
      state: TransferState.Success,
      successTime: expect.any(Number),
      channelOrderNo: expect.any(String),
    });
    expect(await transfers.queryTransfer({ mchOrderNo: 'ends-badly' })).toMatchObject({
      state: TransferState.Failed,
      errCode: 'SANDBOX_DECLINED',
      errMsg: 'The bank declined',
    });
  });

  it('has defaults: a bank card, the documented fixed description, the currency and notifyUrl of the options', async () => {
    const transfers = await service({
      currency: 'USD',
      notifyUrl: 'https://shop.example/orders',
      transferNotifyUrl: 'https://shop.example/transfers',
    });
    await transfers.createTransfer({ ...TRANSFER, mchOrderNo: 'defaults' });
    const { mchOrderNo, ...sent } = lastSent();
    expect(mchOrderNo).toBe('defaults');
    expect(sent).toMatchObject({
      entryType: 'BANK_CARD',
      transferDesc: '0',
      currency: 'usd',
      notifyUrl: 'https://shop.example/transfers',
    });
    expect(sent).not.toHaveProperty('returnUrl');
    const own = { currency: 'cny', transferDesc: 'wages', notifyUrl: 'https://shop.example/own' };
    await transfers.createTransfer({ ...TRANSFER, ...own, mchOrderNo: 'own' });
    expect(lastSent()).toMatchObject(own);
  });

  it('has no notifyUrl where the options have one for orders only', async () => {
    const transfers = await service({ notifyUrl: 'https://shop.example/orders' });
    await transfers.createTransfer({ ...TRANSFER, mchOrderNo: 'silent' });
    expect(lastSent()).not.toHaveProperty('notifyUrl');
  });

  it('serialises channelExtra once', async () => {
    const channelExtra = { telNo: '13812341234', bankCode: 'ICBC' };
    await (await service()).createTransfer({ ...TRANSFER, mchOrderNo: 'extra', channelExtra });
    expect(lastSent()).toMatchObject({ channelExtra: JSON.stringify(channelExtra) });
  });

  it('B5: sends the clientIp of a dual-stack server as the IPv4 address that it is', async () => {
    await (await service()).createTransfer({ ...TRANSFER, mchOrderNo: 'mapped', clientIp: '::ffff:210.73.10.148' });
    expect(lastSent()).toMatchObject({ clientIp: '210.73.10.148' });
  });

  it('leaves the caller’s object as it was', async () => {
    const transfer = { ...TRANSFER, mchOrderNo: 'untouched', channelExtra: { bankCode: 'ICBC' } };
    const given = structuredClone(transfer);
    await (await service()).createTransfer(transfer);
    expect(transfer).toEqual(given);
  });

  describe('with extParam', () => {
    const transfer = { ...TRANSFER, extParam: 'mine' };

    it('sends it by the name that the gateway signs', async () => {
      const transfers = await service();
      await transfers.createTransfer({ ...transfer, mchOrderNo: 'ext' });
      expect(lastSent()).toMatchObject({ extParam: 'mine' });
      expect(lastSent()).not.toHaveProperty('extraParam');
      expect(await transfers.queryTransfer({ mchOrderNo: 'ext' })).toMatchObject({ extParam: 'mine' });
    });

    it('sends it by the documents’ name where the options say so, signed; the platform’s own code refuses that', async () => {
      const transfers = await service({ transferExtParamName: 'extraParam' });
      const error = await failure(transfers.createTransfer({ ...transfer, mchOrderNo: 'extra-param' }));
      expect(error).toMatchObject({ code: 'PASS2PAY_API', gatewayMessage: '验签失败' });
      const { sign: signature, ...sent } = lastSent() as Record<string, string>;
      expect(sent).toMatchObject({ extraParam: 'mine' });
      expect(sent).not.toHaveProperty('extParam');
      expect(signature).toBe(sign(sent, MERCHANT.secrets));
      expect(sandbox.transfer('extra-param')).toBeUndefined();
    });

    it.each(['extParam', 'extraParam'])('reads it from an answer’s %s', async (name) => {
      const { extParam, ...rest } = QUERY_DATA;
      const server = await answering({ query: { ...rest, [name]: extParam } });
      const found = await (await service({ baseUrl: server.url })).queryTransfer({ mchOrderNo: 'T1' });
      expect(found.extParam).toBe('mine');
    });
  });

  it('gives out every field of the answer', async () => {
    const more = {
      accountName: '张三',
      bankName: '中国工商银行',
      channelOrderNo: '20160427210604000490',
      errCode: '1002',
      errMsg: '余额不足',
    };
    const server = await answering({ create: { ...CREATED, state: 3, ...more } });
    const made = await (await service({ baseUrl: server.url })).createTransfer(TRANSFER);
    expect({ ...made }).toEqual({ ...CREATED, ...more, state: TransferState.Failed, recovered: false, traceId: 't1' });
  });

  it.each([
    [0, TransferState.Created],
    [1, TransferState.Processing],
    [2, TransferState.Success],
    [3, TransferState.Failed],
    [4, TransferState.Closed],
  ])('may be in state %i at once', async (answered, state) => {
    const server = await answering({ create: { ...CREATED, state: answered } });
    expect((await (await service({ baseUrl: server.url })).createTransfer(TRANSFER)).state).toBe(state);
  });

  it.each([
    ['another transfer', { ...CREATED, mchOrderNo: 'T2' }],
    ['no number', { ...CREATED, transferId: '' }],
    ['no amount', { ...CREATED, amount: undefined }],
    ['an amount with a fraction', { ...CREATED, amount: 100.5 }],
    ['a state that is not documented', { ...CREATED, state: 5 }],
  ])('does not take an answer with %s, however well it is signed', async (_what, create) => {
    const server = await answering({ create: JSON.parse(JSON.stringify(create)) as object });
    expect(await failure((await service({ baseUrl: server.url })).createTransfer(TRANSFER))).toMatchObject({
      code: 'PASS2PAY_OUTCOME_UNKNOWN',
      mchOrderNo: 'T1',
      cause: { code: 'PASS2PAY_BAD_RESPONSE', traceId: 't1' },
    });
  });

  it('needs every required parameter, and names all that are missing', async () => {
    const error = await failure((await service()).createTransfer({} as CreateTransferDto));
    const { issues } = error as Pass2PayValidationError;
    expect(issues.map(({ field }) => field).toSorted()).toEqual(Object.keys(TRANSFER).toSorted());
    for (const { field, message } of issues) expect(message).toMatch(new RegExp(`^${field} is required: `));
  });

  it.each([
    ['mchOrderNo', 'A&B', /"&"/],
    ['mchOrderNo', 20160427, /send it as a string/],
    ['mchOrderNo', 'x'.repeat(65), /send up to 64/],
    ['amount', 0, /is 0; send 1 to 2147483647/],
    ['amount', 1.5, /is 1\.5, not an integer; .*send minor units/],
    ['amount', 2147483648, /is 2147483648; send 1 to 2147483647/],
    ['amount', '100', /is the string "100"; send a number/],
    ['currency', 'rmb¥', /three-letter/],
    ['custNo', 42, /is a number; send a string/],
    ['clientIp', '2001:db8::1', /is an IPv6 address, and the gateway accepts only IPv4 addresses/],
    ['entryType', 'ALIPAY', /must be 'BANK_CARD'/],
    ['accountNo', 6222020200112233, /is a number; send a string/],
    ['accountNo', 'x'.repeat(65), /send up to 64/],
    ['accountName', 'A&B', /"&"/],
    ['accountName', 'x'.repeat(65), /send up to 64/],
    ['bankName', 'x'.repeat(33), /send up to 32/],
    ['transferDesc', 'A&B', /"&"/],
    ['transferDesc', 'x'.repeat(129), /send up to 128/],
    ['ifCode', 'x'.repeat(21), /send up to 20/],
    ['notifyUrl', 'https://shop.example/n?a=1', /contains "\?"/],
    ['channelExtra', 'ICBC', /text of a JSON object/],
    ['channelExtra', { bankCode: 'x'.repeat(256) }, /send up to 256/],
    ['extParam', 'A&B', /"&"/],
    ['extParam', 'x'.repeat(129), /send up to 128/],
    ['extraParam', 'mine', /is unknown/],
    ['registerTime', 1622016572190, /is unknown/],
    ['reqTime', 1622016572190, /is set by the module/],
  ])('refuses %s as %p itself, and names the field', async (field, value, message) => {
    const sent = sandbox.requests.length;
    const transfer = { ...TRANSFER, [field]: value } as CreateTransferDto;
    const error = await failure((await service()).createTransfer(transfer));
    expect(error).toMatchObject({
      code: 'PASS2PAY_VALIDATION',
      issues: [{ field, message: expect.stringMatching(message) }],
    });
    expect(error.message.startsWith(field)).toBe(true);
    expect(sandbox.requests).toHaveLength(sent);
  });

  it('never shows the account number where it refuses it', async () => {
    const error = await failure((await service()).createTransfer({ ...TRANSFER, accountNo: `${ACCOUNT_NO}&` }));
    expect(error.message).toMatch(/^accountNo contains "&"/);
    expect(error.message).not.toContain(ACCOUNT_NO);
  });
});

describe('a query of a transfer', () => {
  it('gives out every documented field', async () => {
    const server = await answering({ query: QUERY_DATA });
    const found = await (await service({ baseUrl: server.url })).queryTransfer({ mchOrderNo: 'T1' });
    expect({ ...found }).toEqual(QUERY_DATA);
    const { sign: _sign, ...sent } = JSON.parse(server.requests[0]!.body) as Record<string, unknown>;
    expect(server.requests[0]!.path).toBe('/api/transfer/query');
    expect(Object.keys(sent).toSorted()).toEqual(
      ['mchOrderNo', 'mchNo', 'appId', 'reqTime', 'version', 'signType'].toSorted(),
    );
    expect(sent['version']).toBe('1.0');
  });

  it('leaves unset what the answer leaves out', async () => {
    const { mchNo, appId, mchOrderNo, transferId, amount, currency } = QUERY_DATA;
    const least = { mchNo, appId, mchOrderNo, transferId, amount, currency, state: 1 };
    const server = await answering({ query: { ...least, errMsg: '' } });
    const found = await (await service({ baseUrl: server.url })).queryTransfer({ transferId });
    expect({ ...found }).toEqual(least);
  });

  it('says in the gateway’s words that it does not know a transfer', async () => {
    expect(await failure((await service()).queryTransfer({ mchOrderNo: 'nobody' }))).toMatchObject({
      code: 'PASS2PAY_API',
      gatewayMessage: '订单不存在',
      explanation: expect.stringContaining('no such order'),
    });
  });

  it('must name the transfer', async () => {
    const transfers = await service();
    for (const ref of [{}, { mchOrderNo: '' }, { transferId: '' }]) {
      expect(await failure(transfers.queryTransfer(ref as never))).toMatchObject({
        code: 'PASS2PAY_VALIDATION',
        message: expect.stringContaining('mchOrderNo or transferId is required'),
      });
    }
  });

  it.each<[string, Partial<Record<keyof typeof QUERY_DATA, unknown>>]>([
    ['another number', { mchOrderNo: 'T2' }],
    ['another merchant', { mchNo: 'M2' }],
    ['a state that is no number', { state: 'paid' }],
    ['an amount that is no integer', { amount: '1,000' }],
  ])('does not take an answer with %s', async (_what, change) => {
    const server = await answering({ query: { ...QUERY_DATA, ...change } });
    expect(await failure((await service({ baseUrl: server.url })).queryTransfer({ mchOrderNo: 'T1' }))).toMatchObject({
      code: 'PASS2PAY_BAD_RESPONSE',
      mchOrderNo: change.mchOrderNo ?? 'T1',
    });
  });

  it('does not take an answer about another transferId', async () => {
    const server = await answering({ query: QUERY_DATA });
    const transfers = await service({ baseUrl: server.url });
    expect(await failure(transfers.queryTransfer({ transferId: 'T0' }))).toMatchObject({
      code: 'PASS2PAY_BAD_RESPONSE',
    });
  });
});

describe('B2: a transfer that the gateway stored although its channel failed', () => {
  const { errCode, errMsg, successTime: _none, channelOrderNo: _neither, ...stored } = QUERY_DATA;
  const STUCK: readonly object[] = [{ errMsg }, { errCode }, { errCode, errMsg }];

  it.each(STUCK)('needs attention: state 0 with %j, in the create’s response', async (error) => {
    const server = await answering({ create: { ...CREATED, state: 0, ...error } });
    const made = await (await service({ baseUrl: server.url })).createTransfer(TRANSFER);
    expect(made).toMatchObject({ state: TransferState.Created, needsAttention: true, recovered: false });
    expect(server.requests).toHaveLength(1);
  });

  it.each(STUCK)('needs attention: state 0 with %j, in a query and where a query found it again', async (error) => {
    const server = await answering({ query: { ...stored, state: 0, ...error } });
    const transfers = await service({ baseUrl: server.url });
    expect(await transfers.queryTransfer({ mchOrderNo: 'T1' })).toMatchObject({ state: 0, needsAttention: true });
    expect(await transfers.createTransfer(TRANSFER)).toMatchObject({ state: 0, needsAttention: true, recovered: true });
  });

  it('needs attention at the sandbox too, and stays as it is', async () => {
    sandbox.inject({ kind: 'upstream', result: 'broken', mchOrderNo: 'stuck' });
    const transfers = await service();
    const made = await transfers.createTransfer({ ...TRANSFER, mchOrderNo: 'stuck' });
    expect(made).toMatchObject({ state: TransferState.Created, errMsg: expect.any(String), needsAttention: true });
    expect(await transfers.queryTransfer({ mchOrderNo: 'stuck' })).toMatchObject({ state: 0, needsAttention: true });
  });

  it.each([
    ['state 0 without an error', { state: 0 }],
    ['state 0 with an empty error', { state: 0, errCode: '', errMsg: '' }],
    ['state 1 with an error', { state: 1, errCode, errMsg }],
    ['state 2', { state: 2 }],
    ['state 3 with an error', { state: 3, errCode, errMsg }],
  ])('needs none in %s', async (_what, data) => {
    const server = await answering({ create: { ...CREATED, ...data }, query: { ...stored, ...data } });
    const transfers = await service({ baseUrl: server.url });
    expect(await transfers.queryTransfer({ mchOrderNo: 'T1' })).not.toHaveProperty('needsAttention');
    expect(await transfers.createTransfer(TRANSFER)).not.toHaveProperty('needsAttention');
  });
});

describe('a transfer that is found again', () => {
  it('is given out as a query tells it', async () => {
    sandbox.inject({ kind: 'reset-after', mchOrderNo: 'found', endpoint: 'transferOrder' });
    const found = await (await service()).createTransfer({ ...WHOLE_TRANSFER, mchOrderNo: 'found' });
    expect({ ...found }).toEqual({
      transferId: sandbox.transfer('found')!.transferId,
      mchOrderNo: 'found',
      amount: 10031,
      state: TransferState.Processing,
      accountNo: ACCOUNT_NO,
      accountName: '张三',
      bankName: '中国工商银行',
      recovered: true,
    });
    expect(sandbox.requests.slice(-2).map(({ endpoint }) => endpoint)).toEqual(['transferOrder', 'transferQuery']);
  });

  it.each([
    ['amount', { amount: 10032 }, 'amount is 10031, not 10032'],
    ['currency', { currency: 'usd' }, 'currency is cny, not usd'],
    ['account', { accountNo: '6222020200112239999' }, 'accountNo is different'],
  ])('is another one where the %s differs; no account number is shown', async (what, change, difference) => {
    const mchOrderNo = `other-${what}`;
    const transfers = await service();
    await transfers.createTransfer({ ...TRANSFER, mchOrderNo });
    const error = await failure(transfers.createTransfer({ ...TRANSFER, mchOrderNo, ...change }));
    expect(error).toMatchObject({ code: 'PASS2PAY_ORDER_CONFLICT', mchOrderNo, differences: [difference] });
    expect(error.message).not.toMatch(/62220202/);
  });

  it('B10: is another one where its number differs in case, which the gateway does not tell apart', async () => {
    const transfers = await service();
    await transfers.createTransfer({ ...TRANSFER, mchOrderNo: 'tr-1' });
    const conflict = {
      code: 'PASS2PAY_ORDER_CONFLICT',
      mchOrderNo: 'TR-1',
      differences: ['its number is tr-1, and the gateway ignores case and trailing spaces in numbers'],
    };
    expect(await failure(transfers.createTransfer({ ...TRANSFER, mchOrderNo: 'TR-1' }))).toMatchObject(conflict);
    const queried = await failure(transfers.queryTransfer({ mchOrderNo: 'TR-1' }));
    expect(queried).toMatchObject(conflict);
    expect(queried.message).not.toContain('may have acted');
  });

  it('is the same one where the gateway masks its account number', async () => {
    const server = await answering({ query: { ...QUERY_DATA, accountNo: '622202******3445' } });
    const found = await (await service({ baseUrl: server.url })).createTransfer(TRANSFER);
    expect(found).toMatchObject({ transferId: QUERY_DATA.transferId, recovered: true });
  });

  it('is no order of the same number: the gateway numbers the two apart', async () => {
    const client = new Pass2PayClient({
      baseUrl: sandbox.url,
      merchants: [MERCHANT],
      retries: 1,
      maxRetryDelayMs: 5,
    });
    open.push(client);
    const order = { mchOrderNo: 'shared', amount: 10031, custNo: 'C1', registerTime: 1622016572190 };
    await client.cashier.createOrder(order);
    sandbox.inject({ kind: 'reset-before', mchOrderNo: 'shared', endpoint: 'transferOrder' });
    const made = await client.transfers.createTransfer({ ...TRANSFER, mchOrderNo: 'shared' });
    expect(made).toMatchObject({ transferId: sandbox.transfer('shared')!.transferId, recovered: false });
    expect(sandbox.requests.slice(-3).map(({ endpoint }) => endpoint)).toEqual([
      'transferOrder',
      'transferQuery',
      'transferOrder',
    ]);
  });

  it('is never sent again where the query fails: it stays unknown', async () => {
    const server = await answering({});
    expect(await failure((await service({ baseUrl: server.url, retries: 1 })).createTransfer(TRANSFER))).toMatchObject({
      code: 'PASS2PAY_OUTCOME_UNKNOWN',
      cause: { code: 'PASS2PAY_API', gatewayMessage: '系统异常' },
    });
    const paths = server.requests.map(({ path }) => path);
    expect(paths.filter((path) => path === '/api/transferOrder')).toHaveLength(1);
    expect(paths).toContain('/api/transfer/query');
  });
});
