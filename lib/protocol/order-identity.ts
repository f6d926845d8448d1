import { comparedOrderNumber } from './order-number.js';

/** Identity of an order or transfer, as in a message of the gateway. */
export interface OrderIdentity {
  kind: 'payment' | 'transfer';
  /** The merchant's number. */
  mchNo: string;
  /** The app that created the order. Compared with the merchant's order; not part of the order's key. */
  appId: string;
  /** The merchant's number of the order, in the gateway's spelling. */
  mchOrderNo: string;
}

/**
 * Key of an order or transfer across merchants and kinds, such as `payment:M1621873433953:20160427210604000490`. Two
 * identities share a key only if the gateway treats them as the same order. Source: protocol §10.
 */
export function orderKey({ kind, mchNo, mchOrderNo }: Omit<OrderIdentity, 'appId'>): string {
  return `${kind}:${keyPart(mchNo)}:${keyPart(comparedOrderNumber(mchOrderNo))}`;
}

/** What `keyPart` leaves unchanged: nearly every number. */
const IS_KEY_PART = /^[\w-]*$/;

/** A text as part of a key, without colons, white space and control characters; different texts stay different. */
export function keyPart(text: string): string {
  if (IS_KEY_PART.test(text)) return text;
  return text.replaceAll(/[%:\s\p{Cc}]/gu, (character) => {
    const code = character.codePointAt(0)!;
    return code < 0x100 ? `%${code.toString(16).padStart(2, '0')}` : `%u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Describes an order or transfer in a log line or an error, such as `payment O1 of merchant M1`. */
export function describedOrder({ kind, mchNo, mchOrderNo }: Omit<OrderIdentity, 'appId'>): string {
  return `${kind} ${mchOrderNo} of merchant ${mchNo}`;
}
