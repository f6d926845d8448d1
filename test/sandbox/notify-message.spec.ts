import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type NotifyMessage, writeNotify } from '../../sandbox/gateway/notify/notify-message.js';
import { postNotify } from '../../sandbox/gateway/notify/notify-post.js';
import type { NotifyFormat } from '../../sandbox/gateway/options.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { NotifyReceiver } from './support/notify-receiver.js';

interface RecordedNotify {
  case: string;
  method: string;
  contentType: string;
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

/** How the generations of the platform sent notifies. */
const FORMATS: Readonly<Record<string, NotifyFormat>> = { gen1: 'query', gen2: 'raw-form', gen3: 'form' };

const recorded = fixture.fixtures;

/** The notify of a recorded case, as the sandbox writes it. */
function writtenFor(name: string): NotifyMessage {
  const [library = '', kind = '', generation = ''] = name.split('/');
  const { subject = 's', extParam = 'x', own = '' } = VALUES[kind] ?? {};
  const fields = {
    amount: '5',
    appId: 'A1',
    body: '0',
    clientIp: '1.2.3.4',
    createdAt: '1716888800000',
    currency: 'cny',
    // A field that is null is not written.
    ...(kind === 'nullExt' ? {} : { extParam }),
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
  return writeNotify(
    `http://127.0.0.1/${name}${own}`,
    { ...fields, sign: sign(fields, fixture.key) },
    FORMATS[generation]!,
    library.startsWith('h5.7') ? '5.7' : '5.8',
  );
}

describe('the bytes of a notify, against recorded ones', () => {
  it.each(recorded)('$case', ({ case: name, url, body }) => {
    const message = writtenFor(name);
    expect(message.body).toBe(body);
    expect(message.url).toBe(`http://127.0.0.1${url}`);
  });

  it.each(recorded)('$case, on the wire', async ({ case: name, method, contentType, url, body }) => {
    const receiver = await NotifyReceiver.start();
    try {
      const message = writtenFor(name);
      const { origin } = new URL(receiver.url);
      const posted = { ...message, url: message.url.replace('http://127.0.0.1', origin) };
      expect((await postNotify(posted, 60_000, new AbortController().signal)).acknowledged).toBe(true);
      expect(receiver.received).toMatchObject([{ method, url, body, headers: { 'content-type': contentType } }]);
    } finally {
      await receiver.stop();
    }
  });

  it('has recorded cases of each generation', () => {
    for (const generation of ['gen1', 'gen2', 'gen3']) {
      expect(recorded.filter(({ case: name }) => name.endsWith(generation)).length).toBeGreaterThan(5);
    }
  });
});
