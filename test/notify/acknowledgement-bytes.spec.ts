import { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { acknowledge } from '../../lib/notify/acknowledgement.js';
import { exchange } from './support/exchange.js';

describe('an acknowledgement on Node’s response', () => {
  it('is 200 with the bytes `success` as plain text', () => {
    const { response, sent } = exchange();
    response.statusCode = 201;
    acknowledge(response);
    expect(sent()).toStrictEqual({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'content-length': 7 },
      texts: ['success'],
    });
    expect(response.writableEnded).toBe(true);
  });

  it('is sent though middleware has replaced methods with some that return nothing', () => {
    const calls: unknown[][] = [];
    const note =
      (name: string) =>
      (...given: unknown[]) =>
        void calls.push([name, ...given]);
    acknowledge({ setHeader: note('setHeader'), end: note('end') } as unknown as ServerResponse);
    expect(calls).toStrictEqual([
      ['setHeader', 'Content-Type', 'text/plain; charset=utf-8'],
      ['setHeader', 'Content-Length', 7],
      ['end', 'success'],
    ]);
  });
});
