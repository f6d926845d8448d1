import { describe, expect, it } from '@jest/globals';
import { appendQuery, messageOf } from '../../../sandbox/gateway/notify/notify-message.js';
import { headersOf } from '../../../sandbox/gateway/notify/notify-post.js';
import { verify } from '../../../lib/protocol/signature/verify.js';
import { NOTIFIES, RECORDED_MERCHANT, type RecordedNotify } from '../../support/recordings.js';

/** What the orders of these notifies were made with, which an `&` cut; their signatures say that it was this. */
const CUT_EXT_PARAM = 'k=v&x=中 文+%';

const HOST = 'http://127.0.0.1:19800';

describe('the recorded notifies, written by the sandbox', () => {
  it('are all there', () => {
    expect(NOTIFIES).toHaveLength(101);
  });

  it.each(
    NOTIFIES.map((notify, index) => [index, notify.subject ?? notify.notifyUrl ?? notify.target, notify] as const),
  )('%d: %j', (_index, _what, notify) => {
    const fields = signedFields(notify);
    expect(verifies(fields)).toBe(true);
    const message = messageOf(appendQuery(notifyUrlOf(notify), fields), 'form');
    expect(message.body).toBe(notify.body);
    expect(new URL(message.url).pathname).toBe(notify.target);
    expect(Object.entries(headersOf(message))).toEqual(Object.entries(notify.headers));
  });
});

/** The fields as they were signed, in the order in which the gateway puts them into its hash map. */
function signedFields({ body, subject, unsigned = [], broken }: RecordedNotify): Record<string, string> {
  const received = Object.fromEntries(new URLSearchParams(body));
  const { sign, reqTime = '', paidifCode, b: _cutSubject, ['amp;B']: _cutEntity, ...fields } = received;
  if (broken !== undefined) {
    for (const name of ['a', 'x', 'y']) delete fields[name];
    if (paidifCode !== undefined) fields['ifCode'] = paidifCode;
    if (broken.startsWith('extParam')) fields['extParam'] = CUT_EXT_PARAM;
  }
  if (subject !== undefined) fields['subject'] = subject;
  for (const name of unsigned) delete fields[name];
  const sorted = Object.entries(fields).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return { ...Object.fromEntries(sorted), reqTime, sign: sign ?? '' };
}

/** What the recording does not say of a notifyUrl follows from the parameters that came of it. */
function notifyUrlOf({ notifyUrl, target, body }: RecordedNotify): string {
  if (notifyUrl !== undefined) return notifyUrl;
  const own = new URLSearchParams(body);
  const query = ['a', 'b', 'y'].flatMap((name) =>
    isOwn(target, name) && own.has(name) ? [`${name}=${encodeURIComponent(own.get(name) ?? '')}`] : [],
  );
  return `${HOST}${target}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

function isOwn(target: string, name: string): boolean {
  return target === '/q' ? name !== 'y' : target === '/amp' && name === 'y';
}

function verifies({ sign, ...fields }: Record<string, string>): boolean {
  return verify(fields, sign, RECORDED_MERCHANT.secret);
}
