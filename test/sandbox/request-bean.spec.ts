import { describe, expect, it } from '@jest/globals';
import { castBean } from '../../sandbox/gateway/api/request-bean.js';
import { readParams } from '../../sandbox/gateway/api/request-params.js';

const FIELDS = { amount: 'Long', expiredTime: 'Integer', extParam: 'String', mchNo: 'String' } as const;

function cast(json: string): ReturnType<typeof castBean> {
  const query = new URLSearchParams();
  return castBean(readParams({ method: 'POST', contentType: 'application/json', query, body: json }), FIELDS);
}

describe('casting as fastjson does', () => {
  it.each([
    ['"8"', 8n],
    ['8.0', 8n],
    ['8.5', 8n],
    ['-8.5', -8n],
    ['" 8"', 8n],
    ['"008"', 8n],
    ['"8.0"', 8n],
    ['"1,000"', 1000n],
    ['1e3', 1000n],
    ['12.5e1', 125n],
    ['125e-1', 12n],
    ['1e-3', 0n],
    ['true', 1n],
    ['9223372036854775807', 9223372036854775807n],
    ['9223372036854775808', -9223372036854775808n],
    ['""', undefined],
    ['"null"', undefined],
    ['null', undefined],
  ])('a Long of %s', (literal, value) => {
    expect(cast(`{"amount":${literal}}`)['amount']).toBe(value);
  });

  it('an Integer has 32 bits', () => {
    expect(cast('{"expiredTime":4294967297}')['expiredTime']).toBe(1n);
    expect(() => cast('{"expiredTime":"4294967297"}')).toThrow('can not cast to int');
  });

  it.each(['"abc"', '"1e"', '"0x8"', '[]', '{}', '1e101', '"9223372036854775808"'])('no Long of %s', (literal) => {
    expect(() => cast(`{"amount":${literal}}`)).toThrow('can not cast to long');
  });

  it.each([
    ['0.30', '0.30'],
    ['12345678901234567890', '12345678901234567890'],
    ['false', 'false'],
    ['{"a":0.30,"b":null,"c":[1,null,"/<>\\u5546"]}', '{"a":0.30,"c":[1,null,"/<>商"]}'],
    ['""', ''],
    ['" x "', ' x '],
  ])('a String of %s', (literal, value) => {
    expect(cast(`{"extParam":${literal}}`)['extParam']).toBe(value);
  });

  it('finds names in any case, the exact one first, and no others', () => {
    expect(cast('{"MCHNO":"a","EXT_PARAM":"b","storeId":"c","__proto__":{"amount":1}}')).toEqual({
      mchNo: 'a',
      extParam: 'b',
    });
    expect(cast('{"EXTPARAM":"a","extParam":"b"}')).toEqual({ extParam: 'b' });
    expect(cast('{"extParam":"b","EXTPARAM":"a"}')).toEqual({ extParam: 'b' });
    expect(cast('{"extParam":"first","extParam":"last"}')).toEqual({ extParam: 'last' });
  });

  it('refuses nesting that no parser stands, as it refuses other JSON', () => {
    expect(() => cast(`{"extParam":${'['.repeat(200_000)}`)).toThrow('参数有误[转换异常]');
  });
});
