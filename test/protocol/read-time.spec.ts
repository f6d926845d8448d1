import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readTime } from '../../lib/protocol/read-time.js';

it.each([
  ['1716888888123', 1_716_888_888_123],
  ['1716888888', 1_716_888_888_000],
  ['2024-06-18 11:05:30', Date.UTC(2024, 5, 18, 3, 5, 30)],
  ['2024-02-29 00:00:00', Date.UTC(2024, 1, 28, 16)],
])('A2 reads %s', (text, ms) => {
  expect(readTime(text)).toBe(ms);
});

it.each([
  '',
  '0',
  '171688888812',
  '17168888881234',
  '0716888888123',
  '-1716888888',
  '1.716888888e9',
  '2024-06-18',
  '2024-06-18T11:05:30',
  '2024-06-18T11:05:30Z',
  '2024-06-18 11:05',
  '2024-06-18 11:05:30.5',
  'on 2024-06-18 11:05:30',
  '+002024-06-18 11:05:30',
  '+012024-06-18 11:05:30',
  '2024-02-30 00:00:00',
  '2023-02-29 00:00:00',
  '2024-13-01 00:00:00',
  '2024-06-18 24:00:00',
  '2024-06-18 11:60:00',
  '0000-00-00 00:00:00',
  '18/06/2024 11:05:30',
  ' 1716888888123',
  '1716888888123\n',
])('A2 knows that %j is no time', (text) => {
  expect(readTime(text)).toBeUndefined();
});

it('A2 reads each second of three centuries as China writes it', () => {
  const seconds = fc.integer({ min: Date.UTC(1900, 0) / 1_000, max: Date.UTC(2200, 0) / 1_000 });
  fc.assert(
    fc.property(seconds, (second) => {
      const inChina = new Date((second + 8 * 3_600) * 1_000).toISOString();
      expect(readTime(inChina.slice(0, 19).replace('T', ' '))).toBe(second * 1_000);
    }),
  );
});
