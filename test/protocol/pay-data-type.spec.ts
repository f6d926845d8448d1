import { describe, expect, it } from '@jest/globals';
import { isKnownPayDataType, PAY_DATA_TYPES, toPayDataType } from '../../lib/protocol/pay-data-type.js';

describe('payDataType', () => {
  it.each(PAY_DATA_TYPES)('%s is read in any case', (type) => {
    expect(toPayDataType(type.toLowerCase())).toBe(type);
    expect(toPayDataType(type.toUpperCase())).toBe(type);
    expect(isKnownPayDataType(type)).toBe(true);
  });

  it('is passed through where it is not documented', () => {
    expect(toPayDataType('QrImage')).toBe('QrImage');
    expect(toPayDataType('')).toBe('');
    expect(isKnownPayDataType('QrImage')).toBe(false);
  });

  it('is known in its own spelling only', () => {
    expect(isKnownPayDataType('payurl')).toBe(false);
  });
});
