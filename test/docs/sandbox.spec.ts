import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Front } from '../proof/support/front.js';
import { commandsOf, root, RunDocument } from './support/document.js';
import { firstAttempt } from './support/first-attempt.js';
import { bash, portOf, run, start, TELLS_PORT } from './support/processes.js';

const page = new RunDocument('docs/sandbox.md');

/** The files that blocks name in their first line. */
const files = ['src/app.module.ts', 'src/main.ts', 'jest.config.js', 'test/checkout.spec.ts'];

/** The shop's address, which its notifyUrl holds before it listens: the document's own ports may be taken. */
let front: Front;
/** A block with the addresses that the gateway and the shop have here. */
const block = (words: string, gateway = '') =>
  page.take(words).replaceAll('http://127.0.0.1:9216', gateway).replaceAll('http://127.0.0.1:3000', front.url);

let folder: string;
const installed: string[] = [];
const ofEveryNest = new Set(['@nestjs/common', '@nestjs/core']);
const packagesOf = (install: string) => install.split(' ').filter((word) => !/^(npm|i|-D)$/.test(word));

/** As a consumer has it: the document's files, and the installed packages. */
beforeAll(async () => {
  front = await Front.open();
  folder = mkdtempSync(join(tmpdir(), 'pass2pay-five-minutes-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const path of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), page.take(`// ${path}\n`).replace('listen(3000)', 'listen(0)'));
  }
  writeFileSync(join(folder, 'package.json'), '{ "name": "shop", "private": true, "type": "module" }');
  const compilerOptions = { noEmit: false, noEmitOnError: true, rootDir: '.', outDir: 'dist', noUnusedLocals: false };
  const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['src', 'test'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
});
afterAll(async () => {
  await front.close();
  rmSync(folder, { recursive: true, force: true });
});

it('the application compiles, starts, makes an order, and hears that it is paid', async () => {
  await run(process.execPath, [join(root, 'node_modules', 'typescript-7', 'bin', 'tsc'), '-p', folder]);
  const sandbox = start('bash', bash(`${page.take('npx pass2pay sandbox').trim()} --port 0`));
  const [, gateway = ''] = await sandbox.written('stdout', /^gateway +(\S+)\n/);
  // Typed in one terminal: what is exported, and then the application.
  const main = `'${process.execPath}' '${join(folder, 'dist', 'src', 'main.js')}'`;
  const shop = start('bash', bash(`${block('export ', gateway)}exec ${main}`), { env: TELLS_PORT });
  front.leadTo(await portOf(shop));

  const [create, pay, ask] = [
    block('-d '),
    block('/pay\n', gateway),
    block('curl -sS http://127.0.0.1:3000/orders/A1'),
  ];
  const order = JSON.parse(await shell(create)) as { cashierUrl: string; state: number };
  expect(order).toMatchObject({ mchOrderNo: 'A1', state: 0, cashierUrl: expect.stringMatching(/^http:/) });
  expect((await fetch(order.cashierUrl)).status).toBe(200);
  expect(JSON.parse(await shell(ask))).toEqual({ state: 'new' });
  const events = await fetch(`${gateway}/sandbox/events`);
  expect(JSON.parse(await shell(pay))).toMatchObject({ state: 2 });
  expect(await firstAttempt(events)).toContain('"acknowledged":true');
  expect(JSON.parse(await shell(ask))).toEqual({ state: 'paid' });
});

it('the Jest example is green, run by Jest as a consumer runs it', async () => {
  const [install, runJest] = commandsOf(page.take('npx jest'));
  installed.push(...packagesOf(install!));
  const jestBin = join(folder, 'node_modules', 'jest', 'bin', 'jest.js');
  const command = runJest!.replace(
    'npx jest',
    `'${process.execPath}' '${jestBin}' --ci --runInBand --testTimeout=600000 test`,
  );
  const { stderr } = await run('bash', bash(command), { cwd: folder });
  expect(stderr).toContain('Tests:       4 passed, 4 total');
});

it('its commands install what its files import', () => {
  installed.push(...commandsOf(page.take('npm i nestjs-pass2pay')).flatMap(packagesOf));
  const imports = files.flatMap((path) => {
    const text = readFileSync(join(folder, path), 'utf8');
    return Array.from(text.matchAll(/'(@[\w-]+\/[\w-]+|[\w-]+)(?:\/\w+)?';$/gm), ([, name]) => name!);
  });
  expect(imports).toContain('nestjs-pass2pay');
  expect(imports.filter((name) => !installed.includes(name) && !ofEveryNest.has(name))).toEqual([]);
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));

async function shell(command: string): Promise<string> {
  return (await run('bash', bash(command))).stdout;
}
