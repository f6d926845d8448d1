import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { AllowedAddresses } from '../../lib/notify/allowed-addresses.js';
import { NotifyRefusal } from '../../lib/protocol/notify/notify-refusal.js';

const allowing = (...allowedNotifyAddresses: string[]) =>
  new AllowedAddresses({ confirmNotify: 'suspicious', allowedNotifyAddresses });

function refusalOf(addresses: AllowedAddresses, ip: string | undefined): NotifyRefusal | undefined {
  try {
    addresses.demand({ ip });
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(NotifyRefusal);
    return error as NotifyRefusal;
  }
}

describe('allowedNotifyAddresses', () => {
  it.each(['203.0.113.7', undefined])('allows %s if it is not set', (ip) => {
    expect(refusalOf(new AllowedAddresses({ confirmNotify: 'suspicious' }), ip)).toBeUndefined();
  });

  it.each(['203.0.113.0', '203.0.113.255', '2001:db8::1'])('allows %s, which it contains', (ip) => {
    expect(refusalOf(allowing('203.0.113.0/24', '2001:db8::/32'), ip)).toBeUndefined();
  });

  it.each([
    ['203.0.114.0', '"203.0.114.0"'],
    [undefined, 'a sender without an IP address'],
    ['203.0.113.7\nforged line', '"203.0.113.7?forged line"'],
  ])('refuses %j, and names it and the setting for proxies', (ip, shown) => {
    const refusal = refusalOf(allowing('203.0.113.0/24'), ip);
    expect(refusal?.reason).toBe('address');
    expect(refusal?.message).toBe(
      `it came from ${shown}, which is not in allowedNotifyAddresses; if that is your proxy, add it to Express's trust proxy or Fastify's trustProxy`,
    );
  });
});
