import { describe, expect, it } from '@jest/globals';
import { explain, ORDER_NOT_FOUND } from '../../lib/protocol/gateway-messages.js';

describe('a message of the gateway', () => {
  it.each([
    ['验签失败', 'no'],
    ['商户订单[O1]已存在', 'yes'],
    ['商户退款订单号[R1]已存在', 'yes'],
    ['用户支付条码[authCode]不可为空', 'unknown'],
    ['更新转账订单异常', 'unknown'],
    ['系统异常', 'unknown'],
    ['数据库服务异常', 'unknown'],
    ['mchOrderNo 和 payOrderId不能同时为空', 'no'],
    ['退款订单不存在', 'no'],
  ])('%s says whether the order can exist: %s', (message, stored) => {
    expect(explain(message).stored).toBe(stored);
    expect(explain(`  ${message} `)).toBe(explain(message));
  });

  it('that is not documented leaves the order unknown', () => {
    expect(explain('what is this')).toEqual(expect.objectContaining({ stored: 'unknown' }));
    expect(explain('')).toBe(explain('what is this'));
  });

  it('says that an order is not found, at its beginning only', () => {
    expect('订单不存在').toMatch(ORDER_NOT_FOUND);
    expect('退款订单不存在').not.toMatch(ORDER_NOT_FOUND);
  });
});
