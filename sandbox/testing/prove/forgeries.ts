import { createHash, randomBytes } from 'node:crypto';
import { canonicalize, sign } from 'nestjs-pass2pay/protocol';
import type { NotifyMessage } from '../../gateway/notify/notify-message.js';
import type { SandboxMerchant } from '../../gateway/options.js';
import type { Fields, OrderUnderProof } from './order-under-proof.js';

/** A message that must have no effect. */
export interface Forgery {
  /** What is wrong with it. */
  readonly what: string;
  readonly message: NotifyMessage;
}

const PAID = 2;
const CLOSED = 6;
/** The number of changed bytes of the body, one per message. */
const CHANGED_BYTES = 16;

/**
 * Genuine messages about the order, modified.
 *
 * @param other the fields of a genuine notify about another, paid order, including `sign`
 */
export function changedMessages(order: OrderUnderProof, other: Fields): Forgery[] {
  const paid = order.signed(order.fields(PAID));
  const closed = order.signed(order.fields(CLOSED));
  const { sign: signature = '', ...unsigned } = paid;
  const change = (what: string, fields: Fields): Forgery => ({ what, message: order.writeSigned(fields) });
  return [
    change('the notify of another order, which is paid, with its mchOrderNo changed', {
      ...other,
      mchOrderNo: order.mchOrderNo,
    }),
    change('a closed notify with its state changed to 2', { ...closed, state: '2' }),
    change('a paid notify with its amount changed', { ...paid, amount: '1' + (paid['amount'] ?? '') }),
    change('a paid notify without sign', unsigned),
    change('a paid notify with an empty sign', { ...unsigned, sign: '' }),
    change('a paid notify with a truncated sign', { ...unsigned, sign: signature.slice(0, 16) }),
    ...changedBytes(order.write(order.fields(PAID))),
  ];
}

/** Notifies of a payment, signed by somebody without the secret. */
export function forgedSecrets(order: OrderUnderProof): Forgery[] {
  const fields = order.fields(PAID);
  const { mchNo, appId } = order.merchant;
  const guesses: readonly (readonly [what: string, secret: string])[] = [
    ['a guessed secret', randomBytes(32).toString('hex')],
    ['the text “undefined”, as if no secret were configured', 'undefined'],
    ['the text “null”, as if no secret were configured', 'null'],
    ['the mchNo as the secret', mchNo],
    ['the appId as the secret', appId],
  ];
  const canonical = canonicalize(fields);
  return [
    ...guesses.map(([what, secret]) => forgery(order, `signed with ${what}`, fields, sign(fields, secret))),
    forgery(order, 'signed with an empty secret', fields, md5(`${canonical}key=`)),
    forgery(order, 'signed without a secret', fields, md5(canonical.replace(/&$/, ''))),
  ];
}

/** The merchant's own secret with another merchant's mchNo, and vice versa. */
export function forgedMerchants(order: OrderUnderProof, merchants: readonly SandboxMerchant[]): Forgery[] {
  const { mchNo, secret } = order.merchant;
  const other = merchants.find((merchant) => merchant.mchNo !== mchNo) ?? {
    mchNo: 'M1999999999999',
    appId: 'ffffffffffffffffffffffff',
    secret: randomBytes(32).toString('hex'),
  };
  const own = order.fields(PAID);
  const others = { ...own, mchNo: other.mchNo, appId: other.appId };
  return [
    forgery(order, `signed with the secret of another merchant, ${other.mchNo}`, own, sign(own, other.secret)),
    forgery(order, `about merchant ${other.mchNo}, signed with the secret of ${mchNo}`, others, sign(others, secret)),
    forgery(order, `about an order of ${other.mchNo} with the same number`, others, sign(others, other.secret)),
  ];
}

/**
 * A message with the state “paid” and the signature of a message with the state “open”: the payer's text in extParam is
 * split into separate parameters, and the rest becomes the value of the last one. Source: protocol §1, security hole.
 */
export function splitAtAmpersand(order: OrderUnderProof): Forgery {
  const open = order.fields();
  const wanted: Record<string, string> = { ...open, state: String(PAID), extParam: 'E', subject: 's' };
  const text = canonicalize(wanted);
  const start = text.indexOf('extParam=E&') + 'extParam=E&'.length;
  const injected = text.slice(start, text.indexOf('subject=s&') + 'subject=s'.length);
  const genuine = { ...open, extParam: `E&${injected}` };
  const swallowed = canonicalize({ ...open, extParam: 'E' }).slice(start);
  const subject = `subject=${open['subject'] ?? ''}`;
  wanted['subject'] = `s&${swallowed.slice(0, swallowed.indexOf(subject) + subject.length)}`;
  const signature = sign(genuine, order.merchant.secret);
  const { url, contentType } = order.writeSigned(wanted, 'form');
  // Sent by the forger's own client, which escapes what the gateway does not.
  const body = new URLSearchParams({ ...wanted, sign: signature }).toString();
  return {
    what: 'an open order’s signature over a text with `&`, split so that state is 2',
    message: { url, body, contentType },
  };
}

function forgery(order: OrderUnderProof, what: string, fields: Fields, signature: string): Forgery {
  return { what: `a paid notify ${what}`, message: order.writeSigned({ ...fields, sign: signature }) };
}

function changedBytes(message: NotifyMessage): Forgery[] {
  const isInQuery = message.body === '';
  const text = isInQuery ? message.url : message.body;
  const from = isInQuery ? text.indexOf('?') + 1 : 0;
  const places = Array.from({ length: CHANGED_BYTES }, (_, index) =>
    Math.floor(from + ((index + 0.5) * (text.length - from)) / CHANGED_BYTES),
  );
  return places.flatMap((place) => {
    const changed = text.slice(0, place) + otherCharacter(text.charAt(place)) + text.slice(place + 1);
    if (meaning(changed) === meaning(text)) return [];
    const altered = isInQuery ? { ...message, url: changed } : { ...message, body: changed };
    return [{ what: `a paid notify with byte ${place - from} changed`, message: altered }];
  });
}

/** A different character that is also different when case is ignored. */
function otherCharacter(character: string): string {
  return String.fromCharCode(character.charCodeAt(0) ^ 1);
}

/** Different escapes, or parameters without a value, do not change the meaning of a message. */
function meaning(text: string): string {
  if (text.startsWith('{')) return text;
  const entries = [...new URLSearchParams(text.slice(text.indexOf('?') + 1))].filter(([, value]) => value !== '');
  return JSON.stringify(entries);
}

function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex').toUpperCase();
}
