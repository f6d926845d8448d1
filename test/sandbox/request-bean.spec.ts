import { describe, expect, it } from '@jest/globals';
import { castBean } from '../../sandbox/gateway/api/reading/request-bean.js';
import type { Bean } from '../../sandbox/gateway/dialects/dialect.js';
import { readParams } from '../../sandbox/gateway/api/reading/request-params.js';

const FIELDS = { amount: 'Long', expiredTime: 'Integer', extParam: 'String', mchNo: 'String' } as const;

async function cast(json: string): Promise<Bean> {
  const query = new URLSearchParams();
  return castBean(await readParams({ method: 'POST', contentType: 'application/json', query, body: json }), FIELDS);
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
    ['""', undefined],
    ['"null"', undefined],
    ['null', undefined],
  ])('a Long of %s', async (literal, value) => {
    expect((await cast(`{"amount":${literal}}`))['amount']).toBe(value);
  });

  it.each(['2147483648', '"2147483648"'])('an Integer has 32 bits: no %s', async (literal) => {
    await expect(cast(`{"expiredTime":${literal}}`)).rejects.toThrow('parseInt error, field : expiredTime');
  });

  it.each(['"abc"', '"1e"', '"0x8"', '[]', '{}', '1e101', '9223372036854775808', '"9223372036854775808"'])(
    'no Long of %s',
    async (literal) => {
      await expect(cast(`{"amount":${literal}}`)).rejects.toThrow('parseLong error, field : amount');
    },
  );

  it.each([
    ['0.30', '0.30'],
    ['12345678901234567890', '12345678901234567890'],
    ['false', 'false'],
    ['{"a":0.30,"b":null,"c":[1,null,"/<>\\u5546"]}', '{"a":0.30,"c":[1,null,"/<>商"]}'],
    ['""', ''],
    ['" x "', ' x '],
  ])('a String of %s', async (literal, value) => {
    expect((await cast(`{"extParam":${literal}}`))['extParam']).toBe(value);
  });

  it('finds names in any case, the exact one first, and no others', async () => {
    expect(await cast('{"MCHNO":"a","EXT_PARAM":"b","storeId":"c","__proto__":{"amount":1}}')).toEqual({
      mchNo: 'a',
      extParam: 'b',
    });
    expect(await cast('{"EXTPARAM":"a","extParam":"b"}')).toEqual({ extParam: 'b' });
    expect(await cast('{"extParam":"b","EXTPARAM":"a"}')).toEqual({ extParam: 'b' });
    expect(await cast('{"extParam":"first","extParam":"last"}')).toEqual({ extParam: 'last' });
  });

  it('refuses nesting that no parser stands, as it refuses other JSON', async () => {
    await expect(cast(`{"extParam":${'['.repeat(200_000)}`)).rejects.toThrow('参数有误[转换异常]');
  });
});
