import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { writeNotify } from '../../lib/sandbox/notify/notify-message.js';
import type { NotifyGeneration } from '../../lib/sandbox/options.js';
import { sign } from '../../lib/signature/sign.js';

interface RecordedNotify {
  case: string;
  url: string;
  body: string;
}

const fixture = JSON.parse(readFileSync(new URL('../fixtures/notify-requests.json', import.meta.url), 'utf8')) as {
  key: string;
  fixtures: RecordedNotify[];
};

/** What differs from case to case; the rest was the same for all. */
const VALUES: Readonly<Record<string, { subject?: string; extParam?: string; own?: string }>> = {
  plain: { subject: '商品', extParam: 'ext1' },
  space: { subject: 'a b' },
  plus: { subject: 'a+b' },
  amp: { subject: 'a&b' },
  eq: { subject: 'a=b' },
  pct: { subject: '100%', extParam: '%41' },
  hash: { subject: 'a#b' },
  qmark: { subject: 'a?b' },
  emoji: { subject: '🧧' },
  quote: { subject: '"\'<>\\', extParam: '{"uid":1,"k":"v"}' },
  semicolon: { subject: 'a;b' },
  emptyExt: { extParam: '' },
  newline: { subject: 'a\r\nb' },
  urlQuery: { own: '?tenant=7&x=y%20z' },
  fragment: { own: '#frag' },
  bracket: { subject: 's[1]', extParam: '[x]' },
  slashes: { subject: 'http://h/?q=1' },
};

// The sandbox encodes as hutool 5.8 does; 5.7 wrote some characters otherwise.
const recorded = fixture.fixtures.filter(({ case: name }) => name.startsWith('h5.8.26/') && !name.includes('nullExt'));

describe('the bytes of a notify, against recorded ones', () => {
  it.each(recorded)('$case', ({ case: name, url, body }) => {
    const [, kind = '', generation = ''] = name.split('/');
    const { subject = 's', extParam = 'x', own = '' } = VALUES[kind] ?? {};
    const fields = {
      amount: '5',
      appId: 'A1',
      body: '0',
      clientIp: '1.2.3.4',
      createdAt: '1716888800000',
      currency: 'cny',
      extParam,
      ifCode: 'alipay',
      mchNo: 'M1',
      mchOrderNo: 'O1',
      payOrderId: 'P1795063328371040258',
      state: '2',
      subject,
      successTime: '1716888888123',
      wayCode: 'ALI_QR',
      reqTime: '1716888889000',
    };
    const message = writeNotify(
      `http://127.0.0.1/${name}${own}`,
      { ...fields, sign: sign(fields, fixture.key) },
      Number(generation.slice(3)) as NotifyGeneration,
    );
    expect(message.body).toBe(body);
    expect(message.url).toBe(`http://127.0.0.1${url}`);
  });

  it('has recorded cases of each generation', () => {
    for (const generation of ['gen1', 'gen2', 'gen3']) {
      expect(recorded.filter(({ case: name }) => name.endsWith(generation)).length).toBeGreaterThan(5);
    }
  });
});
