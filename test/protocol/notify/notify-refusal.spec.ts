import { expect, it } from '@jest/globals';
import { NotifyRefusal } from '../../../lib/protocol/notify/notify-refusal.js';

it('a refusal has its name and its words, no stack trace, and leaves those of other errors', () => {
  const { stackTraceLimit } = Error;
  const claimed = { kind: 'payment', mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1' } as const;
  const refusal = new NotifyRefusal('incomplete', 'state is missing', claimed);
  expect(String(refusal)).toBe('NotifyRefusal: state is missing');
  expect(refusal).toMatchObject({ reason: 'incomplete', claimed });
  expect(refusal.stack).not.toContain('\n');
  expect(Error.stackTraceLimit).toBe(stackTraceLimit);
});
