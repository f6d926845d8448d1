import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { Pass2PaySandbox } from 'pass2pay-sandbox';
import { afterAll, expect, it } from '@jest/globals';
import { Front } from '../proof/support/front.js';
import { root, RunDocument, SWC } from './support/document.js';
import { portOf, run, start, stop } from './support/processes.js';
import { applicationEnv } from './support/environment.js';

const page = new RunDocument('docs/serverless-and-bundlers.md');
const shop = new RunDocument('docs/getting-started.md');

mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true });
const folder = mkdtempSync(join(root, 'node_modules', '.cache', 'bundled-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('an application in one file makes an order, and hears that it is paid', async () => {
  mkdirSync(join(folder, 'dist'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const [name, words] of [
    ['app.module', '// src/app.module.ts'],
    ['main', '{ rawBody: true }'],
  ] as const)
    writeFileSync(join(folder, 'dist', `${name}.js`), transformSync(shop.take(words), SWC).code);
  writeFileSync(join(folder, 'bundle.mjs'), page.take('// bundle.mjs'));
  await run(process.execPath, ['bundle.mjs'], { cwd: folder });
  rmSync(join(folder, 'dist'), { recursive: true });

  const sandbox = await Pass2PaySandbox.start();
  const front = await Front.open();
  const running = start(process.execPath, [join('bundle', 'main.mjs')], {
    cwd: folder,
    env: applicationEnv(sandbox.url, front.url),
  });
  front.leadTo(await portOf(running));
  expect((await fetch(`${front.url}/orders/A1`, { method: 'POST' })).status).toBe(201);
  await sandbox.pay('A1');
  expect(await sandbox.notifySettled('A1')).toMatchObject({ acknowledged: true });
  expect(await (await fetch(`${front.url}/orders/A1`)).json()).toEqual({ paid: true });
  await stop(running);
  await front.close();
  await sandbox.stop();
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
