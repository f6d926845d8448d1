import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { unknownEnded, type EndedBy } from '../../../lib/database/orders/unknown-ended.js';
import { lines, recordLines } from '../../support/log-lines.js';
import { RecordingSdk } from '../../telemetry/support/recording-sdk.js';

const O1 = { kind: 'payment', mchNo: 'M1', mchOrderNo: 'O1' } as const;
const T1 = { kind: 'transfer', mchNo: 'M1', mchOrderNo: 'T1' } as const;

beforeEach(recordLines);

describe('a create whose outcome was unknown', () => {
  it.each<[EndedBy, string, string]>([
    ['create', 'log', 'another create of the number reported it'],
    ['query', 'log', 'a query found it'],
    ['notify', 'log', 'a notify reported that it exists'],
    ['never-made', 'warn', 'the gateway does not know it a day after it would have expired, so it was never created'],
  ])('is told to be resolved by %s', (by, level, how) => {
    unknownEnded(O1, by);
    expect(lines).toStrictEqual([
      `${level} Pass2PayCreate: The create of payment O1 of merchant M1 is resolved: ${how}.`,
    ]);
  });
});

describe('where metrics are collected', () => {
  const sdk = new RecordingSdk();
  beforeAll(() => sdk.start());
  afterAll(() => sdk.stop());

  it('each one is counted, by its kind and by how it was resolved', async () => {
    unknownEnded(O1, 'query');
    unknownEnded(O1, 'query');
    unknownEnded(O1, 'never-made');
    unknownEnded(T1, 'query');
    const counted = (await sdk.points()).map(({ name, attributes, value }) => [name, attributes, value]);
    const name = 'pass2pay.creates.unknown.ended';
    expect(counted).toStrictEqual([
      [name, { 'pass2pay.kind': 'payment', 'pass2pay.by': 'query' }, 2],
      [name, { 'pass2pay.kind': 'payment', 'pass2pay.by': 'never-made' }, 1],
      [name, { 'pass2pay.kind': 'transfer', 'pass2pay.by': 'query' }, 1],
    ]);
  });
});
