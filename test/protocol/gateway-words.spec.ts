import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gatewayWords, shownTraceId } from '../../lib/protocol/gateway-words.js';

const SIGN = '7AB2F3D1C09E4B5A8F6D2E1C3B4A5968';
const REQUEST = {
  mchOrderNo: 'O1',
  amount: 100,
  custNo: 'C200492312',
  userName: '张三',
  idNo: '320681198603213312',
  accountNo: '6222020200112233445',
  channelExtra: '{"authCode":"280812820366966512","card":{"telNo":13812341234}}',
  sign: SIGN,
};

describe('B6: the gateway’s words', () => {
  it.each([
    ['验签失败', '验签失败'],
    ['商户订单[O1]已存在', '商户订单[O1]已存在'],
    ['two\r\nlines\u2028and\u2029more\ttext', 'two lines and more text'],
    ['\u001b[31mred\u001b[0m\u0000\u202e', '?[31mred?[0m??'],
    [`验签失败, sign=${SIGN}&mchNo=M1`, '验签失败, sign…&mchNo=M1'],
    [`{"sign":"${SIGN.toLowerCase()}"}`, '{"sign":"…"}'],
    ['Sign = abc', 'sign… abc'],
    ['客户C200492312(张三, 320681198603213312)受限', '客户***(***, ***)受限'],
    ['card 6222020200112233445, tel 13812341234, code 280812820366966512', 'card ***, tel ***, code ***'],
    ['P1795063328371040258', 'P1795063328371040258'],
    ['  padded  ', 'padded'],
    ['', ''],
  ])('%j are shown as %j', (text, shown) => {
    expect(gatewayWords(text, REQUEST)).toBe(shown);
  });

  it('hide a value also where the gateway breaks its line or holds a character of it that is not shown', () => {
    expect(gatewayWords('payer Li\nLei, tab Li\tLei', { userName: 'Li Lei' })).toBe('payer ***, tab ***');
    expect(gatewayWords('payer Li\u0007Lei', { userName: 'Li\u0007Lei' })).toBe('payer ***');
  });

  it('hide a long value before a part of it, and show nothing differently for a blank one', () => {
    expect(gatewayWords('payer 张三丰', { custNo: '张三', userName: '张三丰' })).toBe('payer ***');
    expect(gatewayWords('a b', { userName: ' ', custNo: '' })).toBe('a b');
  });

  it('hide nothing but the value of a number', () => {
    expect(gatewayWords('1.50 of 1.5', { custNo: '1.50' })).toBe('*** of 1.5');
  });

  it('hide what is no JSON although it begins like it', () => {
    expect(gatewayWords('value {x', { channelExtra: '{x' })).toBe('value ***');
  });

  it('are cut between characters', () => {
    expect(gatewayWords('x'.repeat(1_000_000))).toBe(`${'x'.repeat(199)}…`);
    expect(gatewayWords(`${'x'.repeat(198)}${'😀'.repeat(10)}`)).toBe(`${'x'.repeat(198)}…`);
    expect(gatewayWords('x'.repeat(200))).toBe('x'.repeat(200));
  });

  it('are one printable line of 200 characters at most, without signatures and payer data, whatever they are', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', minLength: 2, maxLength: 40 }),
      fc.stringMatching(/^[A-Z0-9]{2,20}$/),
      fc.constantFrom('张三', 'a\nb', 'a b', 'sign=x'),
    );
    const personal = fc.record(
      {
        custNo: value,
        userName: value,
        accountNo: value,
        mbrTel: value,
        channelExtra: value.map((openid) => JSON.stringify({ openid })),
      },
      { requiredKeys: [] },
    );
    const echo = fc.record({ request: personal, seed: fc.array(fc.nat(), { minLength: 1, maxLength: 12 }) });
    const noise = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom(
          '\n',
          '\u001b[2J',
          'sign=',
          'sign ',
          '=',
          SIGN,
          SIGN.slice(0, 16),
          'x'.repeat(150),
          '&',
          '验签失败',
        ),
      ),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(echo, noise, ({ request, seed }, words) => {
        const values = Object.values(request).flatMap((text) =>
          text?.startsWith('{"openid"') ? [(JSON.parse(text) as { openid: string }).openid] : [text],
        );
        const text = words
          .map((word, index) => word + (values[seed[index % seed.length]! % (values.length || 1)] ?? ''))
          .join('');
        const shown = gatewayWords(text, { ...request, sign: SIGN });
        expect(shown.length).toBeLessThanOrEqual(200);
        expect(shown).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        expect(shown).not.toMatch(/[0-9a-f]{32}/i);
        expect(shown).not.toMatch(/sign=/i);
        for (const secret of values) {
          // What is blank, or the mask itself, hides nothing.
          if (secret.trim() !== '' && !'***'.includes(secret)) expect(shown).not.toContain(secret);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('B6: a traceId', () => {
  it('may have as many hex digits as a signature, but not be the request’s own one', () => {
    const traceId = SIGN.toLowerCase();
    expect(shownTraceId(traceId, {})).toBe(traceId);
    expect(shownTraceId(traceId, REQUEST)).toBe('…');
    expect(shownTraceId(SIGN, {})).toBe('…');
  });

  it('is shown in full as 32 lower-case hex digits, and no more', () => {
    const traceId = 'abcdef0123456789abcdef0123456789';
    expect(shownTraceId(traceId, REQUEST)).toBe(traceId);
    expect(shownTraceId(`${traceId}0`, REQUEST)).toBe('…');
    expect(shownTraceId(`id ${traceId}`, REQUEST)).toBe('id …');
    expect(shownTraceId(`${traceId} id`, REQUEST)).toBe('… id');
  });

  it('is otherwise shown as the gateway’s words are', () => {
    expect(shownTraceId(`t1\n${SIGN} of C200492312`, REQUEST)).toBe('t1 … of ***');
  });
});
