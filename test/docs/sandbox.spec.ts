import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';

jest.setTimeout(180_000);

const root = fileURLToPath(new URL('../../', import.meta.url));
const document = readFileSync(join(root, 'docs', 'sandbox.md'), 'utf8');

/** The blocks whose first line names a file. */
const files = Array.from(
  document.matchAll(/^```(?:ts|typescript|js)\n\/\/ (\S+)\n(.*?)^```$/gms),
  ([, path, code]) => ({
    path: path!,
    code: code!,
  }),
);
const shellBlocks = Array.from(document.matchAll(/^```sh\n(.*?)^```$/gms), ([, code]) => code!);

/** Set aside for this file, since the document's own ports may be taken. */
const ports = { gateway: 0, shop: 0 };
const withPorts = (text: string) =>
  text.replaceAll('9216', String(ports.gateway)).replaceAll('3000', String(ports.shop));

const processes: ChildProcess[] = [];
let folder: string;

/** As a consumer has it: the document's files, and the installed packages. */
beforeAll(async () => {
  [ports.gateway, ports.shop] = await freePorts();
  folder = mkdtempSync(join(tmpdir(), 'pass2pay-five-minutes-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const { path, code } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), withPorts(code));
  }
  writeFileSync(join(folder, 'package.json'), '{ "name": "shop", "private": true, "type": "module" }');
  const compilerOptions = { noEmit: false, rootDir: '.', outDir: 'dist', noUnusedLocals: false };
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['src', 'test'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
});

afterAll(async () => {
  for (const child of processes) {
    if (child.exitCode !== null) continue;
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await closed;
  }
  rmSync(folder, { recursive: true, force: true });
});

it('has the files that are run here', () => {
  expect(files.map(({ path }) => path)).toEqual([
    'src/app.module.ts',
    'src/main.ts',
    'jest.config.js',
    'test/checkout.spec.ts',
  ]);
});

it('the application compiles, starts, makes an order, and hears that it is paid', async () => {
  await run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder]);
  const command = join(root, 'dist', 'cli', 'main.js');
  await started([command, 'sandbox', '--port', String(ports.gateway)], `http://127.0.0.1:${ports.gateway}`);
  const exports = shellBlocks.find((block) => block.startsWith('export '))!;
  const environment = Object.fromEntries(
    Array.from(withPorts(exports).matchAll(/^export (\w+)=(.*)$/gm), ([, name, value]) => [name, value]),
  );
  await started([join(folder, 'dist', 'src', 'main.js')], `http://127.0.0.1:${ports.shop}`, environment);
  const [create, pay, ask] = shellBlocks.filter((block) => block.startsWith('curl '));
  const order = JSON.parse(await shell(create!)) as { cashierUrl: string; state: number };
  expect(order).toMatchObject({ mchOrderNo: 'A1', state: 0, cashierUrl: expect.stringMatching(/^http:/) });
  expect((await fetch(order.cashierUrl)).status).toBe(200);
  expect(JSON.parse(await shell(ask!))).toEqual({ state: 'new' });
  expect(JSON.parse(await shell(pay!))).toMatchObject({ state: 2 });
  for (;;) {
    // The notify is on its way; Jest ends this where it never comes.
    const { state } = JSON.parse(await shell(ask!)) as { state: string };
    if (state === 'new') continue;
    expect(state).toBe('paid');
    return;
  }
});

it('the Jest example is green, run by Jest as a consumer runs it', async () => {
  const jestBin = join(folder, 'node_modules', 'jest', 'bin', 'jest.js');
  const { stderr } = await run(process.execPath, ['--experimental-vm-modules', jestBin, '--ci', '--runInBand', 'test']);
  expect(stderr).toContain('Tests:       4 passed, 4 total');
});

function run(file: string, args: string[]): Promise<{ stdout: string; stderr: string }> {
  // A Jest within Jest must not take itself for a worker of this one.
  const { JEST_WORKER_ID: _id, NODE_OPTIONS: _options, ...env } = process.env;
  return new Promise((resolve, reject) => {
    execFile(file, args, { cwd: folder, env }, (error, stdout, stderr) =>
      error ? reject(new Error(`${error.message}\n${stdout}\n${stderr}`)) : resolve({ stdout, stderr }),
    );
  });
}

async function shell(block: string): Promise<string> {
  return (await run('bash', ['-ec', withPorts(block)])).stdout;
}

/** Resolves when the process answers at the URL. */
async function started(
  args: string[],
  url: string,
  environment: Record<string, string | undefined> = {},
): Promise<void> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment };
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  processes.push(child);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  while (child.exitCode === null) {
    const isUp = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
  }
  throw new Error(`${args.join(' ')} ended: ${errors}`);
}

/** Two ports that are free, below those of outgoing connections. */
async function freePorts(): Promise<[number, number]> {
  const found: number[] = [];
  for (let port = 30_000 - (process.pid % 5_000); found.length < 2; port -= 1) {
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    found.push((server.address() as AddressInfo).port);
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
  return [found[0]!, found[1]!];
}
