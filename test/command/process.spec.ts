import { once } from 'node:events';
import { expect, it } from '@jest/globals';
import { sign } from '../../lib/protocol/signature/sign.js';
import { MERCHANT } from '../support/test-merchant.js';
import { runProcess, startProcess } from './support/run-command.js';

const env = { PASS2PAY_SECRET: MERCHANT.secrets, PASS2PAY_MCH_NO: 'M1', PASS2PAY_APP_ID: 'A1' };

// The other files run the command in Jest's process.
it('the process reads its stdin and its variables, and ends with the command’s code', async () => {
  const signed = await runProcess(['sign'], { env, stdin: '{"a":"1"}' });
  expect(signed).toEqual({
    code: 0,
    stdout: expect.stringContaining(sign({ a: '1' }, MERCHANT.secrets)),
    stderr: '',
  });
  expect(await runProcess(['verify'], { env, stdin: '{"a":"1"}' })).toMatchObject({ code: 1, stderr: '' });
  expect(await runProcess(['nonsense'])).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining("unknown command 'nonsense'"),
  });
  const unheard = await runProcess(['notify', 'http://127.0.0.1:1/'], { env });
  expect(unheard).toEqual({
    code: 3,
    stdout: expect.stringContaining('✗ Not acknowledged.'),
    stderr: expect.stringContaining('Posting to'),
  });
});

it('a reader of the output may stop early', async () => {
  const child = startProcess(['--help']);
  child.stdout.destroy();
  child.stderr.resume();
  expect(await once(child, 'close')).toEqual([0, null]);
});
