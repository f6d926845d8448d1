import { shownName } from '../shown-name.js';
import type { FlatParams } from './flat-params.js';
import { PAYMENT_NOTIFY_FIELDS, TRANSFER_NOTIFY_FIELDS } from './notify-fields.js';
import { MAX_NAME_LENGTH, refuseTooLong, refuseTooMany } from './notify-limits.js';
import { NotifyRefusal } from './notify-refusal.js';

/** The documented names, each by itself. V8 finds a member by such a constant faster than by a part of the message. */
const DOCUMENTED = new Map(['sign', ...PAYMENT_NOTIFY_FIELDS, ...TRANSFER_NOTIFY_FIELDS].map((name) => [name, name]));

/** Collects the parameters of a message, with the same rules for every transport. */
export class ParamCollector {
  private readonly params: Record<string, string> = {};
  private sign: string | undefined;
  private count = 0;
  private length = 0;

  /** @throws NotifyRefusal when the name is not flat, is repeated, or makes the message too large. */
  add(given: string, value: string): void {
    const documented = DOCUMENTED.get(given);
    if (documented === undefined) refuseBadName(given);
    const name = documented ?? given;
    if (this.has(name)) throw new NotifyRefusal('malformed', `the name ${shownName(name)} is repeated`);
    refuseTooMany(++this.count);
    this.length += name.length + value.length;
    refuseTooLong(this.length);
    if (name === 'sign') this.sign = value;
    else this.params[name] = value;
  }

  /** All parameters except `sign`, and `sign` itself, undefined if there is none. */
  result(): { params: FlatParams; sign: string | undefined } {
    return { params: this.params, sign: this.sign };
  }

  private has(name: string): boolean {
    return name === 'sign' ? this.sign !== undefined : Object.hasOwn(this.params, name);
  }
}

/** @throws NotifyRefusal when the name is too long or not flat. */
function refuseBadName(name: string): void {
  if (name.startsWith('{')) {
    throw new NotifyRefusal('malformed', 'the body is JSON sent as a form; its Content-Type must be application/json');
  }
  if (name.length > MAX_NAME_LENGTH) {
    throw new NotifyRefusal('too-large', `the name ${shownName(name)} has more than ${MAX_NAME_LENGTH} characters`);
  }
  if (!isFlatName(name)) throw new NotifyRefusal('malformed', `the name ${shownName(name)} is not flat`);
}

/**
 * `=` and `&` in a name would let the signed text be split in another place, some parsers nest brackets, and
 * `__proto__` is never legitimate.
 */
function isFlatName(name: string): boolean {
  return name !== '' && !/[=&[\]]/.test(name) && name !== '__proto__';
}
