import { describe, expect, it } from '@jest/globals';
import type { Pass2PayValidationError } from '../../lib/errors/pass2pay.errors.js';
import { checkPeriod, NoReports, type ReportPeriod } from '../../lib/outcomes/outcome-report.js';

const FROM = new Date('2026-11-01T00:00:00Z');
const TO = new Date('2026-12-01T00:00:00Z');

describe('the period of a report', () => {
  it.each<[string, ReportPeriod]>([
    ['of all merchants', { from: FROM, to: TO }],
    ['of one merchant', { from: FROM, to: TO, mchNo: 'M1' }],
    ['of 1 ms', { from: FROM, to: new Date(FROM.getTime() + 1) }],
  ])('is fine %s', (_what, period) => {
    expect(() => checkPeriod(period)).not.toThrow();
  });

  it.each<[string, object, string[]]>([
    ['without dates', {}, ['from must be a valid Date', 'to must be a valid Date']],
    ['with text for a date', { from: '2026-11-01', to: TO }, ['from must be a valid Date']],
    ['with a date that is none', { from: FROM, to: new Date('soon') }, ['to must be a valid Date']],
    ['that ends before it begins', { from: TO, to: FROM }, ['to must be after from']],
    ['that ends as it begins', { from: FROM, to: FROM }, ['to must be after from']],
    [
      'with a merchant that is none',
      { from: FROM, to: TO, mchNo: '' },
      ['mchNo must be a non-empty string; leave it out for all merchants'],
    ],
    [
      'with a number for a merchant, and a wrong date',
      { from: FROM, to: 7, mchNo: 7 },
      ['to must be a valid Date', 'mchNo must be a non-empty string; leave it out for all merchants'],
    ],
  ])('is refused %s', (_what, period, messages) => {
    let error: Pass2PayValidationError | undefined;
    try {
      checkPeriod(period as ReportPeriod);
    } catch (thrown) {
      error = thrown as Pass2PayValidationError;
    }
    expect(error?.code).toBe('PASS2PAY_VALIDATION');
    expect(error?.issues).toEqual(messages.map((message) => ({ field: message.split(' ')[0], message })));
  });

  it('does not matter without a database, which a report needs', async () => {
    await expect(new NoReports().report()).rejects.toMatchObject({
      code: 'PASS2PAY_CONFIG',
      issues: [
        {
          field: 'database',
          message: 'database is required for Reconciler.report, which reads the order and outcome tables; set it',
        },
      ],
    });
  });
});
