import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { csvRecord } from '../../lib/command/csv.js';
import { readMoment } from '../../lib/command/read-moment.js';

/** Reads one record as RFC 4180 says. */
function fieldsOf(record: string): string[] {
  expect(record.endsWith('\r\n')).toBe(true);
  const fields = `,${record.slice(0, -2)}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?=,|$)/g);
  return Array.from(fields, ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!);
}

it('a CSV record gives its fields again, and none that a spreadsheet would run', () => {
  const text = fc.string({
    unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', "'", 'a', '1', '号'),
  });
  fc.assert(
    fc.property(fc.array(text, { minLength: 2, maxLength: 5 }), (values) => {
      const fields = fieldsOf(csvRecord(values));
      expect(fields.map((field, index) => (field === values[index] ? field : field.slice(1)))).toEqual(values);
      for (const field of fields) expect(field).not.toMatch(/^[=+\-@\t\r]/);
    }),
  );
});

it('numbers stay plain in a CSV record', () => {
  expect(csvRecord([-5, 12n ** 20n, undefined, '-5'])).toBe("-5,3833759992447475122176,,'-5\r\n");
});

it.each([
  ['2026-11-25', '2026-11-24T16:00:00.000Z'],
  ['2026-11-25 09:30', '2026-11-25T01:30:00.000Z'],
  ['2026-11-25T09:30:05', '2026-11-25T01:30:05.000Z'],
  ['2026-11-25T09:30:05Z', '2026-11-25T09:30:05.000Z'],
  ['2026-11-25T09:30-05:30', '2026-11-25T15:00:00.000Z'],
])('%s is %s', (text, expected) => {
  expect(readMoment('--from', text).toISOString()).toBe(expected);
});

it.each(['2026-02-30', '2026-11-25T24:00', '20261125', '2026-11-25Z', '2026-11-25T09:30+20:00', 'now', ''])(
  '%j is no time',
  (text) => {
    expect(() => readMoment('--from', text)).toThrow(/^--from .*is not a date or a time/);
  },
);
