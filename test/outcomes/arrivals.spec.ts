import { expect, it } from '@jest/globals';
import { arrivalOf, noteArrival } from '../../lib/outcomes/arrivals.js';

it('tells when a notification arrived, and last arrived', () => {
  const notification = { mchOrderNo: '20160427210604000490' };
  expect(arrivalOf(notification)).toBeUndefined();
  noteArrival(notification, 1_000);
  noteArrival(notification, 2_000);
  expect(arrivalOf(notification)).toBe(2_000);
});

it('is in no copy of the notification and in no text of it', () => {
  const notification = { mchOrderNo: '20160427210604000490' };
  noteArrival(notification, 1_000);
  expect(arrivalOf({ ...notification })).toBeUndefined();
  expect(arrivalOf(Object.assign({}, notification))).toBeUndefined();
  expect(arrivalOf(structuredClone(notification))).toBeUndefined();
  expect(JSON.stringify(notification)).toBe('{"mchOrderNo":"20160427210604000490"}');
});
