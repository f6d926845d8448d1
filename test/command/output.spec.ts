import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { isColoured } from '../../sandbox/command/terminal/style.js';
import { printable } from '../../sandbox/command/terminal/table.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { MERCHANT } from '../support/test-merchant.js';
import { COMMAND, documentOf, runCommand, runProcess, type RunOptions } from './support/run-command.js';

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
      for (const text of [
        'sandbox',
        'sign',
        'verify',
        'notify',
        'query',
        'doctor',
        'compare',
        'PASS2PAY_SECRET',
        'Exit codes:',
      ]) {
        expect(stdout).toContain(text);
      }
    }
  });

  it('is there for each command', async () => {
    for (const command of ['sandbox', 'sign', 'verify', 'notify', 'query', 'doctor', 'compare']) {
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
  // Tells each module that is loaded; what CommonJS requires is in its cache at the end.
  const hooks = `data:text/javascript,${encodeURIComponent(`
    import { writeSync } from 'node:fs';
    import { createRequire, register } from 'node:module';
    import { pathToFileURL } from 'node:url';
    register('data:text/javascript,' + encodeURIComponent(\`
      import { writeSync } from 'node:fs';
      export async function load(url, context, next) { writeSync(2, 'LOADED ' + url + '\\\\n'); return next(url, context); }
    \`));
    const { cache } = createRequire(process.execPath);
    process.on('exit', () => { for (const path in cache) writeSync(2, 'LOADED ' + pathToFileURL(path) + '\\n'); });
  `)}`;

  /** What each is known by, wherever its code is bundled. */
  const HEAVY = [
    ['axios', /\bAxiosError\b/],
    ['undici', /\bUND_ERR_/],
    ['class-validator', /\bclassValidatorMetadataStorage\b/],
    ['reflect-metadata', /\bdefineMetadata\b/],
    ['rxjs', /\bObjectUnsubscribedError\b/],
    ['Nest', /__httpCode__|@nestjs\//],
  ] as const;

  const heavyIn = (files: string[]) => {
    const code = files.map((path) => readFileSync(path, 'utf8')).join('\n');
    return HEAVY.flatMap(([name, mark]) => (mark.test(code) ? [name] : []));
  };

  /** The files that the built command loads, and which heavy packages are in them. */
  async function loadedBy(args: string[], options: RunOptions) {
    const { stdout, stderr } = await runProcess(args, { ...options, nodeOptions: ['--import', hooks] });
    const urls = stderr.split('\n').flatMap((line) => /^LOADED (file:.+)$/.exec(line)?.[1] ?? []);
    const files = [...new Set(urls)].map((url) => fileURLToPath(url));
    expect(files.some((path) => path.endsWith('/sandbox/dist/command/main.js'))).toBe(true);
    return { stdout, files, heavy: heavyIn(files) };
  }

  it('heavy packages are found by their marks', () => {
    const folder = dirname(COMMAND);
    const chunks = readdirSync(folder).flatMap((name) => (name.endsWith('.js') ? [join(folder, name)] : []));
    expect(heavyIn(chunks)).toEqual(['axios', 'undici', 'class-validator', 'reflect-metadata', 'rxjs']);
    expect(heavyIn([fileURLToPath(import.meta.resolve('@nestjs/common/constants.js'))])).toEqual(['Nest']);
  });

  it.each([
    [['--help'], ''],
    [['sign'], '{"a":"1"}'],
    [['verify'], '{"a":"1"}'],
    [['query', '--help'], ''],
    [['doctor', '--help'], ''],
    [['compare', '--help'], ''],
  ])('%j loads neither Nest nor an HTTP client', async (args, stdin) => {
    const { files, heavy } = await loadedBy(args, { env, stdin });
    expect(heavy).toEqual([]);
    expect(files.length).toBeLessThan(15);
  });

  it('query loads a few files, whatever it needs of packages', async () => {
    const sandbox = await Pass2PaySandbox.start();
    try {
      const { mchNo, appId, secret } = DEFAULT_MERCHANT;
      const { stdout, files, heavy } = await loadedBy(['query', 'NONE', '--json'], {
        env: {
          PASS2PAY_BASE_URL: sandbox.url,
          PASS2PAY_MCH_NO: mchNo,
          PASS2PAY_APP_ID: appId,
          PASS2PAY_SECRET: secret,
          PASS2PAY_RETRIES: '0',
          // Only ends a call that hangs.
          PASS2PAY_TIMEOUT_MS: '600000',
        },
      });
      expect(JSON.parse(stdout)).toMatchObject({ refusal: { msg: '订单不存在' } });
      expect(heavy).toEqual(expect.arrayContaining(['axios', 'undici', 'rxjs']));
      expect(files.length).toBeLessThan(25);
      expect(files.filter((path) => path.includes('/node_modules/'))).toEqual([]);
    } finally {
      await sandbox.stop();
    }
  });
});
