import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sign } from '../../lib/signature/sign.js';
import { MERCHANT } from '../support/test-merchant.js';

jest.setTimeout(120_000);

const root = fileURLToPath(new URL('../../', import.meta.url));

function run(file: string, args: string[], cwd: string, stdin = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME, PASS2PAY_SECRET: MERCHANT.secrets };
    const child = execFile(file, args, { cwd, env }, (error, stdout, stderr) =>
      error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve(stdout),
    );
    // A command that reads no input may have ended by now; how it ended is what counts.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
  });
}

describe('the packed tarball, installed', () => {
  let consumer: string;

  beforeAll(async () => {
    consumer = mkdtempSync(join(tmpdir(), 'pass2pay-packed-'));
    const packed = await run('npm', ['pack', '--ignore-scripts', '--pack-destination', consumer], root);
    const tarball = packed.trim().split('\n').at(-1)!;
    const modules = join(consumer, 'node_modules');
    // Its own dependencies and peers are those of this checkout, so that nothing is fetched.
    const dependencies = join(consumer, 'node_modules', 'nestjs-pass2pay', 'node_modules');
    writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true }');
    const install = [
      'install',
      '--offline',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--legacy-peer-deps',
      '--omit=dev',
    ];
    await run('npm', [...install, '--no-save', `./${tarball}`], consumer).catch(async () => {
      // Without a cache of the registry: npm's own steps, by hand.
      mkdirSync(join(modules, 'nestjs-pass2pay'), { recursive: true });
      mkdirSync(join(modules, '.bin'), { recursive: true });
      const into = ['--strip-components=1', '-C', join(modules, 'nestjs-pass2pay')];
      await run('tar', ['-xzf', join(consumer, tarball), ...into], consumer);
      for (const name of ['pass2pay', 'nestjs-pass2pay']) {
        symlinkSync('../nestjs-pass2pay/dist/cli/main.js', join(modules, '.bin', name));
      }
      await run('chmod', ['+x', join(modules, 'nestjs-pass2pay', 'dist', 'cli', 'main.js')], consumer);
    });
    mkdirSync(dependencies, { recursive: true });
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (name === 'nestjs-pass2pay' || name.startsWith('.')) continue;
      try {
        symlinkSync(join(root, 'node_modules', name), join(dependencies, name));
      } catch {
        // npm has installed it.
      }
    }
  });
  afterAll(() => rmSync(consumer, { recursive: true, force: true }));

  it('runs as npx nestjs-pass2pay', async () => {
    const document: unknown = JSON.parse(
      await run('npx', ['--no', 'nestjs-pass2pay', 'sign', '--json'], consumer, 'a=1'),
    );
    expect(document).toMatchObject({ ok: true, sign: sign({ a: '1' }, MERCHANT.secrets) });
  });

  it('runs as pass2pay', async () => {
    expect(await run(join(consumer, 'node_modules', '.bin', 'pass2pay'), ['--version'], consumer)).toMatch(
      /^\d+\.\d+\.\d+/,
    );
    expect(await run('npx', ['--no', '--', 'pass2pay', '--help'], consumer)).toContain('Usage: pass2pay');
  });

  it('has its services where a command needs them', async () => {
    const stdout = await new Promise<string>((resolve) => {
      const args = ['--no', 'pass2pay', 'doctor', '--json'];
      const env = { PATH: process.env.PATH, HOME: process.env.HOME };
      // It ends with 1, since nothing is configured.
      execFile('npx', args, { cwd: consumer, env }, (_error, output) => resolve(output));
    });
    expect(JSON.parse(stdout)).toMatchObject({ checks: [{ id: 'configuration', status: 'fail' }, {}, {}, {}] });
  });
});
