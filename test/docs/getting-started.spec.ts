import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Front } from '../proof/support/front.js';
import { PLATFORMS } from '../support/nest-app.js';
import { blocksOf, commandsOf, root, RunDocument } from './support/document.js';
import { firstAttempt } from './support/first-attempt.js';
import { bash, portOf, run, start, stop, TELLS_PORT } from './support/processes.js';

const page = new RunDocument('docs/getting-started.md');
const packages = join(root, 'node_modules');
const cli = join(packages, '@nestjs', 'cli', 'bin', 'nest.js');

const [create, , install, installForTests] = commandsOf(page.take('new shop'));
const appModule = page.take('// src/app.module.ts');
const mains = { express: page.take('{ rawBody: true }'), fastify: page.take('FastifyAdapter') };
const settings = page.take('PASS2PAY_BASE_URL');
const startGateway = page.take('npx pass2pay sandbox').trim();
const [build, startShop] = commandsOf(page.take('npm run build'));
const sell = page.take('/pay\n');
const ask = page.take('curl -sS http://127.0.0.1:3000/orders/A1');

let folder: string;
let shop: string;
let generatedMain: string;

/** Inside the checkout, where what the page installs is found. */
beforeAll(async () => {
  mkdirSync(join(packages, '.cache'), { recursive: true });
  folder = mkdtempSync(join(packages, '.cache', 'getting-started-'));
  shop = join(folder, 'shop');
  const npx = `npx() { shift; '${process.execPath}' '${cli}' "$@" --skip-install; }`;
  await run('bash', ['-ec', `${npx}\n${create}`], { cwd: folder });
  writeFileSync(join(shop, 'src', 'app.module.ts'), appModule);
  // The application's own tests use it; this checkout has no Vitest.
  mkdirSync(join(shop, 'node_modules', 'vitest'), { recursive: true });
  writeFileSync(join(shop, 'node_modules', 'vitest', 'globals.d.ts'), 'export {};');
  generatedMain = readFileSync(join(shop, 'src', 'main.ts'), 'utf8');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(PLATFORMS)('a newcomer who follows the page on %s', (platform) => {
  let front: Front;
  beforeAll(async () => {
    front = await Front.open();
  });
  afterAll(() => front.close());

  it('has a paid order', async () => {
    const sandbox = start('bash', bash(`${startGateway} --port 0`));
    const [, gateway = ''] = await sandbox.written('stdout', /^gateway +(\S+)\n/);
    const here = (text: string) =>
      text.replaceAll('http://127.0.0.1:9216', gateway).replaceAll('http://127.0.0.1:3000', front.url);
    for (const file of ['shop.db', 'shop.db-wal', 'shop.db-shm']) rmSync(join(shop, file), { force: true });
    writeFileSync(join(shop, '.env'), here(settings));
    writeFileSync(join(shop, 'src', 'main.ts'), mains[platform]);
    expect(build).toBe('npm run build');
    await run(process.execPath, [cli, 'build'], { cwd: shop });

    const command = startShop!.replace(/^node /, `exec '${process.execPath}' `);
    const running = start('bash', ['-ec', command], { cwd: shop, env: { ...TELLS_PORT, PORT: '0' } });
    front.leadTo(await portOf(running));
    expect(JSON.parse(await shell(here(ask)))).toEqual({ paid: false });
    const events = await fetch(`${gateway}/sandbox/events`);
    await shell(here(sell));
    expect(await firstAttempt(events)).toContain('"acknowledged":true');
    expect(JSON.parse(await shell(here(ask)))).toEqual({ paid: true });
    await stop(running);
    await stop(sandbox);
  });

  it('has written fewer than 40 lines', () => {
    const generated = new Set(generatedMain.split('\n').map((line) => line.trim()));
    const changed = linesOf(mains[platform]).filter((line) => !generated.has(line.trim()));
    expect(linesOf(appModule).length + changed.length).toBeLessThan(40);
  });
});

it('installs what its files import', () => {
  const installed = `${install} ${installForTests} @nestjs/platform-fastify`.split(' ');
  const ofEveryNest = new Set(['@nestjs/common', '@nestjs/core']);
  const imports = [appModule, ...Object.values(mains)].flatMap((code) =>
    Array.from(code.matchAll(/ from '(@[\w-]+\/[\w-]+|[a-z][\w-]*)/g), ([, name]) => name!),
  );
  expect(imports).toContain('nestjs-pass2pay');
  expect(imports.filter((name) => !installed.includes(name) && !ofEveryNest.has(name))).toEqual([]);
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));

it('the page in Traditional Chinese has the same blocks', () => {
  const codeOf = (document: string) => blocksOf(document).map(({ language, code }) => ({ language, code }));
  expect(codeOf('docs/zh-Hant/getting-started.md')).toEqual(codeOf('docs/getting-started.md'));
  expect(new RunDocument('docs/zh-Hant/getting-started.md').unrun()).toHaveLength(9);
});

/** Code without comments and empty lines. */
function linesOf(code: string): string[] {
  return code.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('//'));
}

async function shell(command: string): Promise<string> {
  return (await run('bash', ['-ec', command])).stdout;
}
