import { randomBytes, randomInt } from 'node:crypto';

let lastSerial = randomInt(100_000);

/**
 * `P`, `T` or `R` and 19 digits: 1, the time in ms, a serial number.
 *
 * @param now in ms since 1970
 */
export function newGatewayId(prefix: 'P' | 'T' | 'R', now = Date.now()): string {
  lastSerial = (lastSerial + 1) % 100_000;
  return `${prefix}1${String(now).padStart(13, '0')}${String(lastSerial).padStart(5, '0')}`;
}

/** A payment number of the channel behind the gateway. */
export function newChannelOrderNo(now = Date.now()): string {
  return `SBX${newGatewayId('P', now).slice(1)}`;
}

export function newCashierToken(): string {
  return randomBytes(32).toString('hex');
}
