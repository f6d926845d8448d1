import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AddressSet, parseAddressBlock } from '../../lib/verification/address-block.js';

describe('a block of addresses', () => {
  it.each([
    '203.0.113.7',
    '203.0.113.0/24',
    '203.0.113.7/24',
    '0.0.0.0/0',
    '203.0.113.7/32',
    '2001:db8::7',
    '2001:DB8::/32',
    '::/0',
    '::1/128',
  ])('%s is one', (block) => {
    expect(parseAddressBlock(block)).toBeDefined();
  });

  it.each([
    '',
    '/24',
    '203.0.113',
    '203.0.113.256',
    '203.0.113.0/33',
    '203.0.113.0/',
    '203.0.113.0/-1',
    '203.0.113.0/8.0',
    '203.0.113.0/24/24',
    ' 203.0.113.0/24',
    '203.0.113.0/255.255.255.0',
    '203.0.113.*',
    '203.0.113.1-203.0.113.9',
    '2001:db8::/129',
    'fe80::1%eth0',
    '::ffff:203.0.113.0/120',
    '::ffff:cb00:7100',
    'gateway.example',
    null,
    7,
    {},
  ])('%p is none', (block) => {
    expect(parseAddressBlock(block)).toBeUndefined();
  });
});

describe('a set of addresses', () => {
  it.each([
    [
      '203.0.113.0/24',
      ['203.0.113.0', '203.0.113.255', '::ffff:203.0.113.9', '::FFFF:cb00:7109'],
      ['203.0.112.255', '203.0.114.0'],
    ],
    ['203.0.113.9/24', ['203.0.113.1'], ['203.0.112.1']],
    ['203.0.113.7', ['203.0.113.7', '::ffff:203.0.113.7'], ['203.0.113.8', '::ffff:203.0.113.8']],
    ['2001:db8::/32', ['2001:db8::1', '2001:0DB8:ffff::', '2001:db8::1%eth0'], ['2001:db9::1', '203.0.113.7']],
    ['fe80::/10', ['fe80::1%eth0'], ['fec0::1']],
    ['0.0.0.0/0', ['198.51.100.1', '::ffff:198.51.100.1'], ['2001:db8::1', '::1']],
    ['::/0', ['2001:db8::1'], ['198.51.100.1', '::ffff:198.51.100.1']],
  ])('of %s has %p, and not %p', (block, within, outside) => {
    const set = new AddressSet([block]);
    expect(within.filter((address) => !set.has(address))).toEqual([]);
    expect(outside.filter((address) => set.has(address))).toEqual([]);
  });

  it('has no text that is no address', () => {
    const set = new AddressSet(['0.0.0.0/0', '::/0']);
    expect(
      ['', 'unknown', '203.0.113.7:443', '[::1]', '203.0.113.7, 203.0.113.8'].filter((one) => set.has(one)),
    ).toEqual([]);
  });

  it('has exactly the IPv4 addresses that share the prefix, mapped or not', () => {
    const octets = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 });
    const bits = (parts: number[]) => parts.map((part) => part.toString(2).padStart(8, '0')).join('');
    fc.assert(
      fc.property(octets, octets, fc.integer({ min: 0, max: 32 }), fc.boolean(), (base, other, prefix, isNear) => {
        const address = isNear ? [...base.slice(0, 3), other[3]!] : other;
        const set = new AddressSet([`${base.join('.')}/${prefix}`]);
        const isWithin = bits(base).slice(0, prefix) === bits(address).slice(0, prefix);
        expect(set.has(address.join('.'))).toBe(isWithin);
        expect(set.has(`::ffff:${address.join('.')}`)).toBe(isWithin);
      }),
    );
  });
});
