import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { isColoured } from '../../sandbox/command/terminal/style.js';
import { printable } from '../../sandbox/command/terminal/table.js';
import { MERCHANT } from '../support/test-merchant.js';
import { documentOf, runCommand, runProcess } from './support/run-command.js';

const env = { PASS2PAY_SECRET: MERCHANT.secrets };
const ESCAPE = '\u001B[';

describe('colours', () => {
  it.each([
    ['a screen', true, {}, true],
    ['no screen', false, {}, false],
    ['NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR', true, { NO_COLOR: '' }, true],
    ['FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
    ['both', false, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    ['a dumb terminal', true, { TERM: 'dumb' }, false],
  ])('%s', (_what, isTTY, variables, coloured) => {
    expect(isColoured({ isTTY }, variables)).toBe(coloured);
  });

  it('are in the output only where they are wanted', async () => {
    const stdin = '{"a":"1"}';
    expect((await runCommand(['sign'], { env, stdin })).stdout).not.toContain(ESCAPE);
    expect((await runCommand(['sign'], { env: { ...env, FORCE_COLOR: '1' }, stdin })).stdout).toContain(ESCAPE);
    expect((await runCommand(['sign', '--json'], { env: { ...env, FORCE_COLOR: '1' }, stdin })).stdout).not.toContain(
      ESCAPE,
    );
  });
});

it('foreign text cannot move the cursor', () => {
  expect(printable('a\u001B[2Jb\r\u202Ec\n商😀')).toBe('a\\u001b[2Jb\\u000d\\u202ec\n商😀');
});

describe('help', () => {
  it('names every command, where secrets come from, and the exit codes', async () => {
    for (const args of [['--help'], []]) {
      const { code, stdout, stderr } = await runCommand(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      for (const text of ['sandbox', 'sign', 'verify', 'notify', 'query', 'doctor', 'PASS2PAY_SECRET', 'Exit codes:']) {
        expect(stdout).toContain(text);
      }
    }
  });

  it('is there for each command', async () => {
    for (const command of ['sandbox', 'sign', 'verify', 'notify', 'query', 'doctor']) {
      const { code, stdout } = await runCommand([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: pass2pay ${command}`);
      expect(stdout).toContain('--json');
      expect(stdout).toContain('Exit codes:');
    }
  });

  it('the version is the package’s', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await runCommand(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('a wrong command line', () => {
  it.each([
    [['nonsense'], "unknown command 'nonsense'"],
    [['sing'], 'Did you mean sign?'],
    [['sign', '--nonsense'], "unknown option '--nonsense'"],
    [['notify'], "missing required argument 'url'"],
    [['notify', 'http://127.0.0.1/', '--amount', '1.5'], 'It must be a whole number'],
    [['sandbox', '--port', '99999'], 'It must be a whole number, 0 to 65535.'],
  ])('%j', async (args, message) => {
    expect(await runCommand(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
    const forScripts = await runCommand([...args, '--json']);
    expect(forScripts).toMatchObject({ code: 2, stderr: '' });
    expect(documentOf(forScripts)).toMatchObject({ ok: false, error: { code: 'usage' } });
  });
});

describe('the start is light', () => {
  // Tells each module that is loaded.
  const hooks = `data:text/javascript,${encodeURIComponent(`
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(\`
      import { writeSync } from 'node:fs';
      export async function load(url, context, next) { writeSync(2, 'LOADED ' + url + '\\\\n'); return next(url, context); }
    \`));
  `)}`;

  it.each([
    [['--help'], ''],
    [['sign'], '{"a":"1"}'],
    [['verify'], '{"a":"1"}'],
    [['query', '--help'], ''],
    [['doctor', '--help'], ''],
  ])('%j loads neither Nest nor an HTTP client', async (args, stdin) => {
    const { stderr } = await runProcess(args, { env, stdin, nodeOptions: ['--import', hooks] });
    const loaded = stderr.split('\n').filter((line) => line.startsWith('LOADED '));
    expect(loaded.some((line) => line.includes('/sandbox/dist/command/main.js'))).toBe(true);
    expect(
      loaded.filter((line) => /@nestjs|\/undici\/|\/axios\/|\/rxjs\/|class-validator|reflect-metadata/.test(line)),
    ).toEqual([]);
  });
});
