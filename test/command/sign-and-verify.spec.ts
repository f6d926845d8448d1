import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sign } from '../../lib/protocol/signature/sign.js';
import { MERCHANT, notifyParams, signedForm } from '../support/test-merchant.js';
import { documentOf, runCommand } from './support/run-command.js';

const SECRET = MERCHANT.secrets;
const OLD_SECRET = 'OLDKEY0123456789abcdefABCDEF';
const env = { PASS2PAY_SECRET: SECRET };

const folder = mkdtempSync(join(tmpdir(), 'pass2pay-cli-'));
const file = (name: string): string => join(folder, name);
beforeAll(() => {
  writeFileSync(file('secret'), `${SECRET}\n`);
  writeFileSync(file('secrets'), `${SECRET}\r\n${OLD_SECRET}\r\n`);
  const other = { mchNo: 'M2', appId: 'A2', secrets: OLD_SECRET };
  writeFileSync(file('merchants.json'), JSON.stringify([MERCHANT, other]));
  writeFileSync(file('message.json'), '{"a":"1"}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('sign', () => {
  it('shows the signature, the signed text without the secret, and the message, for people', async () => {
    const run = await runCommand(['sign'], { env, stdin: '{"b":"x","a":1.50}' });
    const signature = sign({ b: 'x', a: '1.50' }, SECRET);
    expect(run).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        `sign         ${signature}`,
        'signed text  a=1.50&b=x&key=***',
        `message      {"b":"x","a":1.50,"sign":"${signature}"}`,
        '',
      ].join('\n'),
    });
  });

  it('and for scripts', async () => {
    const run = await runCommand(['sign', '--json'], { env, stdin: 'a=1&sign=OLD' });
    expect(documentOf(run)).toEqual({
      ok: true,
      sign: sign({ a: '1' }, SECRET),
      canonical: 'a=1&key=***',
      signed: `a=1&sign=${sign({ a: '1' }, SECRET)}`,
      format: 'form',
      notes: ['The message had a different sign, which was ignored and replaced.'],
    });
  });

  it.each([
    ['the environment', { PASS2PAY_SECRET: `${SECRET},${OLD_SECRET}` }, []],
    ['a file that the environment names', { PASS2PAY_SECRET_FILE: file('secret') }, []],
    ['a file', {}, ['--secret-file', file('secret')]],
    ['a file with several', {}, ['--secret-file', file('secrets')]],
    ['apps in a file', { PASS2PAY_MERCHANTS_FILE: file('merchants.json') }, ['--app-id', 'A1']],
  ])('takes the secret from %s', async (_where, given, args) => {
    const message = args[0] === '--app-id' ? { a: '1', appId: 'A1' } : { a: '1' };
    const variables = given as Record<string, string>;
    const run = await runCommand(['sign', '--json', ...args], { env: variables, stdin: JSON.stringify(message) });
    expect(documentOf(run)).toMatchObject({ ok: true, sign: sign(message, SECRET) });
  });

  it('takes the secret from stdin, and the message from a file', async () => {
    const args = ['sign', '--json', '--secret-file', '-', '--input', file('message.json')];
    const run = await runCommand(args, { stdin: `${SECRET}\n` });
    expect(documentOf(run)).toMatchObject({ sign: sign({ a: '1' }, SECRET) });
  });

  it.each([
    ['no secret', [], {}, 'No secret; set PASS2PAY_SECRET'],
    ['an empty secret', [], { PASS2PAY_SECRET: `${SECRET},` }, 'is empty, so anybody could sign with it'],
    ['two secrets', [], { PASS2PAY_SECRET: SECRET, PASS2PAY_SECRET_FILE: file('secret') }, 'are both set'],
    [
      'a file that is not there',
      ['--secret-file', file('nothing')],
      {},
      `The file ${file('nothing')} cannot be read (ENOENT)`,
    ],
    ['both on stdin', ['--secret-file', '-'], {}, 'pass the message with --input'],
    ['apps that are no JSON', [], { PASS2PAY_MERCHANTS: SECRET }, 'must be a non-empty JSON array'],
    [
      'no fitting app',
      [],
      { PASS2PAY_MERCHANTS_FILE: file('merchants.json') },
      '2 apps are configured, and 0 of them match',
    ],
    ['a file by mistake', [], { PASS2PAY_SECRET_FILE: SECRET }, 'that PASS2PAY_SECRET_FILE names cannot be read'],
    ['an unknown format', ['--format', 'xml'], env, 'Allowed choices are json, form, curl, url'],
  ])('refuses %s', async (_what, args, given, message) => {
    const options = { env: given as Record<string, string>, stdin: '{"a":"1"}' };
    const forPeople = await runCommand(['sign', ...args], options);
    expect(forPeople).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
    const forScripts = await runCommand(['sign', '--json', ...args], options);
    expect(documentOf(forScripts)).toEqual({
      ok: false,
      error: { code: 'usage', message: expect.stringContaining(message) },
    });
    for (const { stdout, stderr } of [forPeople, forScripts]) expect(stdout + stderr).not.toContain(SECRET);
  });

  it('refuses a value that has no text to sign', async () => {
    const run = await runCommand(['sign'], { env, stdin: 'nothing of the kind' });
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('neither a JSON object') });
  });
});

describe('a secret on the command line', () => {
  it.each([
    ['--secret', SECRET],
    [`--secret=${SECRET}`],
    ['--app-secret', SECRET],
    ['--key', SECRET],
    [`-secret=${SECRET}`],
    ['--mch-key', SECRET],
    ['--token', SECRET],
  ])('%s is refused, and not repeated', async (...args) => {
    for (const json of [[], ['--json']]) {
      const { code, stdout, stderr } = await runCommand(['sign', ...json, ...args], { env, stdin: '{"a":"1"}' });
      expect(code).toBe(2);
      expect(stdout + stderr).toContain('can read secrets on the command line');
      expect(stdout + stderr).not.toContain(SECRET);
    }
  });

  it('is refused where it stands for an argument too', async () => {
    const { code, stdout, stderr } = await runCommand(['sign', SECRET], { env });
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain(SECRET);
  });
});

describe('verify', () => {
  it('says that a signature is right', async () => {
    const run = await runCommand(['verify'], { env, stdin: signedForm(notifyParams()) });
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('✓ The signature is valid.');
    expect(run.stdout).toContain('&key=***');
  });

  it('says why one is not, for people', async () => {
    const signed = { ...notifyParams(), sign: sign({ ...notifyParams(), extParam: 'x' }, SECRET) };
    const run = await runCommand(['verify'], {
      env,
      stdin: new URLSearchParams({ ...signed, amount: '6' }).toString(),
    });
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('✗ The signature is invalid.');
    expect(run.stdout).toContain('likely cause');
  });

  it('names the mistake, for scripts', async () => {
    const message = { a: '1', b: '' };
    const wrong = sign({ ...message, b: 'undefined' }, SECRET);
    const run = await runCommand(['verify', '--json'], { env, stdin: JSON.stringify({ ...message, sign: wrong }) });
    expect(run.code).toBe(1);
    expect(documentOf(run)).toEqual({
      ok: false,
      verifies: false,
      secret: 1,
      canonical: 'a=1&key=***',
      causes: [{ code: 'null-as-text', message: expect.any(String), parameter: 'b' }],
      notes: [],
    });
  });

  it('tells which of several secrets it is, and whether it is that of another app', async () => {
    const old = await runCommand(['verify', '--json'], {
      env: { PASS2PAY_SECRET: `${SECRET},${OLD_SECRET}` },
      stdin: signedForm(notifyParams(), OLD_SECRET),
    });
    expect(documentOf(old)).toMatchObject({
      ok: true,
      secret: 2,
      notes: [expect.stringContaining('number 2 of 2, an old')],
    });
    const others = await runCommand(['verify', '--json'], {
      env: { PASS2PAY_MERCHANTS_FILE: file('merchants.json') },
      stdin: signedForm(notifyParams(), OLD_SECRET),
    });
    expect(documentOf(others)).toMatchObject({
      ok: false,
      causes: [{ code: 'other-app-secret', message: expect.stringContaining('A2') }],
    });
  });

  it('reads a notify as the module does', async () => {
    // An old gateway leaves a plus as it is.
    const form = signedForm(notifyParams({ extParam: 'a+b' })).replace('%2B', '+');
    const run = await runCommand(['verify', '--json'], { env, stdin: form });
    expect(run.code).toBe(0);
    expect(documentOf(run)).toMatchObject({
      ok: true,
      notes: [expect.stringContaining('as the module reads notifies')],
    });
  });

  it('verifies an answer with its digits', async () => {
    const data = '{"amount":0.30,"state":2}';
    const stdin = `{"code":0,"msg":"SUCCESS","data":${data},"sign":"${sign({ amount: '0.30', state: '2' }, SECRET)}"}`;
    expect((await runCommand(['verify'], { env, stdin })).code).toBe(0);
  });

  it('says that sign is missing', async () => {
    const run = await runCommand(['verify', '--json'], { env, stdin: '{"a":1}' });
    expect(documentOf(run)).toMatchObject({ ok: false, causes: [{ code: 'signature-missing' }] });
  });

  it('never shows the secret, even where the message holds it', async () => {
    for (const json of [[], ['--json']]) {
      const run = await runCommand(['verify', ...json], { env, stdin: `{"a":"${SECRET}","sign":"x"}` });
      expect(run.stdout + run.stderr).not.toContain(SECRET);
      expect(run.stdout).toContain('a=***&key=***');
    }
  });
});
