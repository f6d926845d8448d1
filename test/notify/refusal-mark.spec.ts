import { describe, expect, it } from '@jest/globals';
import { markRefused } from '../../lib/notify/refusal-mark.js';

type Call = [method: string, name: string, value: string];

describe('the mark of a refusal, by which pass2pay doctor recognises this module', () => {
  const marked = (members: object, methods = ['setHeader', 'header']): Call[] => {
    const calls: Call[] = [];
    const own = methods.map((method) => [method, (...header: [string, string]) => calls.push([method, ...header])]);
    markRefused({ ...members, ...Object.fromEntries(own) });
    return calls;
  };

  it.each([
    ['Node’s response', ['setHeader'], 'setHeader'],
    ['Express’s response, which is also Node’s', ['setHeader', 'header'], 'setHeader'],
    ['Fastify’s reply', ['header'], 'header'],
  ])('is a header of %s', (_what, methods, method) => {
    expect(marked({ headersSent: false, sent: false }, methods)).toStrictEqual([
      [method, 'Pass2Pay-Notify', 'refused'],
    ]);
  });

  it.each([{ headersSent: true }, { sent: true }])('is left out once the response is sent (%j)', (members) => {
    expect(marked(members)).toStrictEqual([]);
  });

  it.each([[undefined], [null], [{}]])('is left out if the response is %j', (response) => {
    expect(() => markRefused(response)).not.toThrow();
  });
});
