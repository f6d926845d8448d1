import { describe, expect, it } from '@jest/globals';
import { isPlainPath, routesOf, withoutEndSlashes } from '../../lib/notify/notify-paths.js';

describe('the built-in routes of a registration', () => {
  const payment = { kind: 'payment', extra: 'notifyPath', path: 'pay/notify' };
  const transfer = { kind: 'transfer', extra: 'transferNotifyPath', path: 'pay/transfers' };

  it.each([
    ['none', {}, []],
    ['payments', { notifyPath: 'pay/notify' }, [payment]],
    ['transfers', { transferNotifyPath: 'pay/transfers' }, [transfer]],
    ['both', { notifyPath: '/pay/notify', transferNotifyPath: 'pay/transfers/' }, [payment, transfer]],
  ])('are those with a path, without end slashes: %s', (_which, registration, routes) => {
    expect(routesOf(registration)).toStrictEqual(routes);
  });
});

describe('a plain path', () => {
  it.each(['notify', 'pay/notify', 'pay/v1.0/notify_me~now-please', 'a/b/c/d'])('may be %s', (path) => {
    expect(isPlainPath(path)).toBe(true);
  });

  it.each([
    '',
    '/',
    '/notify',
    'notify/',
    'pay//notify',
    'pay/:id',
    ':id/notify',
    'pay/*',
    'pay/notify?a=1',
    'pay notify',
    'pay/notify\n',
    '支付',
    'pay/%20',
  ])('is not %j', (path) => {
    expect(isPlainPath(path)).toBe(false);
  });
});

it.each<[unknown, string]>([
  ['pay/notify', 'pay/notify'],
  ['/pay/notify/', 'pay/notify'],
  ['//pay//notify//', 'pay//notify'],
  ['/', ''],
  ['', ''],
  [undefined, ''],
  [['/pay/'], ''],
])('%j without end slashes is %j', (path, stripped) => {
  expect(withoutEndSlashes(path)).toBe(stripped);
});
