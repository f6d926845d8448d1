import { describe, expect, it } from '@jest/globals';
import { NotifyFields, type FlatParams } from '../../../lib/protocol/notify/flat-params.js';
import { refusalOf } from './support/refusal-of.js';

const fieldsOf = (params: FlatParams) => new NotifyFields(params);

describe('a field that a notify must have', () => {
  it('is its text', () => {
    expect(fieldsOf({ mchOrderNo: 'O1' }).text('mchOrderNo')).toBe('O1');
  });

  it.each<FlatParams>([{}, { mchOrderNo: '' }])('refuses the notify when it is missing: %j', (params) => {
    expect(refusalOf(() => fieldsOf(params).text('mchOrderNo'))).toBe('incomplete: mchOrderNo is missing');
    expect(refusalOf(() => fieldsOf(params).integer('mchOrderNo'))).toBe('incomplete: mchOrderNo is missing');
    expect(refusalOf(() => fieldsOf(params).state('mchOrderNo', [2]))).toBe('incomplete: mchOrderNo is missing');
  });

  it.each([
    ['0', 0],
    ['10031', 10_031],
    ['007', 7],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('is a whole number: %s', (amount, value) => {
    expect(fieldsOf({ amount }).integer('amount')).toBe(value);
  });

  it.each(['-1', '1.0', '1e3', '0x10', ' 1', '1 ', '1,000', '壹', '9007199254740993'])(
    'refuses the notify when it is no whole number: %j',
    (amount) => {
      expect(refusalOf(() => fieldsOf({ amount }).integer('amount'))).toBe('incomplete: amount is not a whole number');
    },
  );

  it.each(['0', '2', '7', '10', '999999'])('is a state, documented or not: %s', (state) => {
    expect(fieldsOf({ state }).state('state', [2])).toBe(Number(state));
  });

  it.each(['02', '00', '-2', '2.0', 'x2', '2x', 'SUCCESS', '1000000'])(
    'refuses the notify when it is no state: %j',
    (state) => {
      expect(refusalOf(() => fieldsOf({ state }).state('state', [2]))).toBe('incomplete: state is not a state number');
    },
  );
});

describe('a field that a notify may have', () => {
  it('is its value', () => {
    const fields = fieldsOf({ channelUser: 'u1', mchFeeAmount: '12', successTime: '1716888890000' });
    expect(fields.optionalText('channelUser')).toBe('u1');
    expect(fields.optionalInteger('mchFeeAmount')).toBe(12);
    expect(fields.optionalTime('successTime')).toBe(1_716_888_890_000);
  });

  it.each<FlatParams>([{}, { it: '' }])(
    'is undefined when it is missing, and nothing is wrong with it: %j',
    (params) => {
      const unreadable: string[] = [];
      const fields = new NotifyFields(params, (name) => unreadable.push(name));
      expect([fields.optionalText('it'), fields.optionalInteger('it'), fields.optionalTime('it')]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(unreadable).toEqual([]);
    },
  );

  it('is undefined when it cannot be read, which is reported', () => {
    const unreadable: string[] = [];
    const fields = new NotifyFields({ mchFeeAmount: '1.2', successTime: 'soon', amount: '5' }, (name) =>
      unreadable.push(name),
    );
    expect(fields.optionalInteger('mchFeeAmount')).toBeUndefined();
    expect(fields.optionalTime('successTime')).toBeUndefined();
    expect(fields.optionalInteger('amount')).toBe(5);
    expect(unreadable).toEqual(['mchFeeAmount', 'successTime']);
    expect(fieldsOf({ mchFeeAmount: '1.2' }).optionalInteger('mchFeeAmount')).toBeUndefined();
  });
});

it('the rest is what was not read and is not empty', () => {
  const fields = fieldsOf({ mchOrderNo: 'O1', state: '2', couponNo: 'C1', note: '', unreadable: 'x' });
  fields.text('mchOrderNo');
  fields.state('state', [2]);
  fields.optionalInteger('unreadable');
  fields.optionalText('missing');
  expect(fields.rest()).toEqual({ couponNo: 'C1' });
});
