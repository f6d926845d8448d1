import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

// Only ends what hangs: a compiler takes seconds, and many times that on a busy machine.
jest.setTimeout(600_000);

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

type Files = Record<string, string>;

interface Added {
  files: Files;
  /** What it asked the CLI for besides, such as to install packages. */
  tasks: string[];
}

const APP_MODULE = `import { Module } from '@nestjs/common';
import { AppController } from './app.controller.js';

@Module({
  imports: [],
  controllers: [AppController],
})
export class AppModule {}
`;

function application({ module = APP_MODULE, nest = '^12.0.1', type = 'module', scripts = {}, files = {} } = {}): Files {
  const manifest = { name: 'shop', type, scripts, dependencies: { '@nestjs/common': nest, rxjs: '^7.8.1' } };
  return { '/package.json': `${JSON.stringify(manifest, null, 2)}\n`, '/src/app.module.ts': module, ...files };
}

const { version } = JSON.parse(readFileSync(new URL('../../sandbox/package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const node = process.execPath;
let schematic: ChildProcess;
let folder: string | undefined;
let count = 0;

/** Runs the built schematic over files, or what `nest new` writes. @throws Error with what it says. */
function add(files: Files, options: object = { sourceRoot: 'src' }, newApplication?: object): Promise<Added> {
  const id = (count += 1);
  return new Promise((resolve, reject) => {
    const hear = (response: Added & { id: number; error?: string }) => {
      if (response.id !== id) return;
      schematic.off('message', hear);
      if (response.error === undefined) resolve(response);
      else reject(new Error(response.error));
    };
    schematic.on('message', hear);
    schematic.send({ id, files, options, newApplication });
  });
}

beforeAll(() => {
  schematic = fork(fileURLToPath(new URL('support/schematic-process.mjs', import.meta.url)), { execArgv: [] });
});
afterAll(async () => {
  const exited = once(schematic, 'exit');
  schematic.disconnect();
  await exited;
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

describe('nest add nestjs-pass2pay', () => {
  it('registers the module, and writes handlers, a test and the environment’s template', async () => {
    const { files } = await add(application());
    expect(Object.keys(files).toSorted((left, right) => (left < right ? -1 : 1))).toEqual([
      '/.env.example',
      '/package.json',
      '/src/app.module.ts',
      '/src/pay/fulfilment.service.ts',
      '/src/pay/pay.module.spec.ts',
      '/src/pay/pay.module.ts',
    ]);
    expect(files['/src/app.module.ts']).toContain(`import { PayModule } from './pay/pay.module.js';`);
    expect(files['/src/app.module.ts']).toContain('imports: [PayModule]');
    expect(files['/src/pay/pay.module.ts']).toContain('...pass2payConfig.asProvider()');
    expect(files['/src/pay/pay.module.ts']).toContain(`notifyPath: 'pay/notify'`);
    expect(files['/src/pay/pay.module.ts']).toContain(`from './fulfilment.service.js'`);
    expect(files['/.env.example']).toMatch(/^PASS2PAY_SECRET=$/m);
  });

  it('changes nothing the second time, and nothing that the application has written since', async () => {
    const { files } = await add(application());
    files['/src/pay/fulfilment.service.ts'] = '// mine\n';
    files['/.env.example'] = files['/.env.example']!.replace('PASS2PAY_MCH_NO=', '# PASS2PAY_MCH_NO=');
    const again = await add(files);
    expect(again.files).toEqual(files);
    expect(again.tasks).toEqual([]);
  });

  it.each([
    ['on one line', '@Module({ imports: [A, B], providers: [] })', 'imports: [A, B, PayModule]'],
    ['with a comma at the end', '@Module({\n  imports: [\n    A,\n    B,\n  ],\n})', '    B,\n    PayModule,\n  ],'],
    [
      'with dynamic modules',
      `@Module({ imports: [A.forRoot({ list: ['],'] })] })`,
      `forRoot({ list: ['],'] }), PayModule] })`,
    ],
    ['without imports', '@Module({ providers: [A] })', '@Module({ providers: [A], imports: [PayModule] })'],
    ['empty', '@Module({})', 'imports: [PayModule]'],
    ['with a quoted name', `@Module({ 'imports': [A] })`, `'imports': [A, PayModule]`],
    ['with a spread', '@Module({ imports: [...common] })', 'imports: [...common, PayModule]'],
    [
      'behind a comment that looks like one',
      '// @Module({ imports: [] })\n@Module({ imports: [A] })',
      '\n@Module({ imports: [A, PayModule] })',
    ],
  ])('adds to a module written %s', async (_how, decorator, result) => {
    const module = `import { Module } from "@nestjs/common"\nimport {\n  A,\n  B,\n} from "./a.js"\n\n${decorator}\nexport class AppModule {}\n`;
    const { files } = await add(application({ module }));
    const text = files['/src/app.module.ts']!;
    expect(text).toContain(result);
    expect(text.match(/import \{ PayModule \} from '\.\/pay\/pay\.module\.js';/g)).toHaveLength(1);
    expect(text.indexOf('import { PayModule }')).toBeLessThan(text.indexOf('@Module({', text.indexOf('\n\n')));
  });

  it('writes imports without an ending into a CommonJS application', async () => {
    const { files } = await add(application({ type: 'commonjs' }));
    expect(files['/src/app.module.ts']).toContain(`from './pay/pay.module';`);
    expect(files['/src/pay/pay.module.spec.ts']).toContain(`from './pay.module';`);
  });

  it('works in a CommonJS application as the Nest CLI makes one', async () => {
    const { files } = await add({}, { sourceRoot: 'src' }, { type: 'cjs' });
    mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true });
    const shop = mkdtempSync(join(root, 'node_modules', '.cache', 'nest-add-'));
    folder = shop;
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(shop, path)), { recursive: true });
      writeFileSync(join(shop, path), text);
    }
    const tsc = [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(shop, 'tsconfig.build.json')];
    await run(node, [...tsc, '--types', 'node']);
    const sellOnce = fileURLToPath(new URL('support/sell-once.cjs', import.meta.url));
    const { stdout } = await run(node, [sellOnce, join(shop, 'dist', 'app.module.js')]);
    expect(JSON.parse(stdout)).toEqual({ acknowledged: true, attempts: 1 });
  });

  it('has Jest load ES modules into a CommonJS application’s tests', async () => {
    const scripts = {
      build: 'nest build',
      test: 'jest',
      'test:e2e': 'jest --config ./test/jest-e2e.json',
      'test:debug': 'node --inspect-brk node_modules/.bin/jest --runInBand',
      lint: 'eslint jest.config.js',
    };
    const scriptsOf = async (app: Files) =>
      (JSON.parse((await add(app)).files['/package.json']!) as { scripts: object }).scripts;
    const withModules = 'node --experimental-vm-modules ./node_modules/jest/bin/jest.js';
    expect(await scriptsOf(application({ type: 'commonjs', scripts }))).toEqual({
      ...scripts,
      test: withModules,
      'test:e2e': `${withModules} --config ./test/jest-e2e.json`,
      'test:debug': 'node --experimental-vm-modules --inspect-brk node_modules/.bin/jest --runInBand',
    });
    expect(await scriptsOf(application({ scripts }))).toEqual(scripts);
    const { files } = await add(application({ type: 'commonjs', scripts }));
    expect((await add(files)).files).toEqual(files);
  });

  it('adds the packages that fit the application’s Nest, and has them installed', async () => {
    const { files, tasks } = await add(application({ nest: '^11.0.1' }));
    expect(tasks).toEqual(['node-package']);
    const { dependencies, devDependencies } = JSON.parse(files['/package.json']!) as Record<string, object>;
    expect(dependencies).toEqual({
      '@nestjs/axios': '^4.0.0',
      '@nestjs/common': '^11.0.1',
      '@nestjs/config': '^4.0.0',
      axios: '^1.7.0',
      'class-transformer': '^0.5.1',
      'class-validator': '^0.15.0',
      rxjs: '^7.8.1',
    });
    expect(devDependencies).toEqual({ 'pass2pay-sandbox': `^${version}` });
    expect((await add(application(), { skipInstall: true })).tasks).toEqual([]);
  });

  it('adds what an environment’s template lacks, and keeps what it has', async () => {
    const { files } = await add(application({ files: { '/.env.example': 'PORT=3000\nPASS2PAY_MCH_NO=M2' } }));
    const template = files['/.env.example']!;
    expect(template).toMatch(/^PORT=3000\nPASS2PAY_MCH_NO=M2\n\n# nestjs-pass2pay\n/);
    expect(template.match(/PASS2PAY_MCH_NO=/g)).toHaveLength(1);
    expect(template).toContain('PASS2PAY_APP_ID=');
  });

  it.each([
    [
      'there is no application module',
      {},
      { sourceRoot: 'apps/shop/src' },
      /There is no \/apps\/shop\/src\/app\.module\.ts.*--module=/,
    ],
    [
      'its imports are no list',
      { module: '@Module({ imports: all })\nexport class AppModule {}\n' },
      {},
      /can be added to/,
    ],
    ['it has no decorator', { module: 'export const nothing = 1;\n' }, {}, /has no @Module/],
    ['Nest is too old', { nest: '^10.0.0' }, {}, /for Nest 11 and 12, and package\.json asks for @nestjs\/common \^10/],
  ])('says what to do when %s', async (_what, app, options, message) => {
    await expect(add(application(app), options)).rejects.toThrow(message);
  });
});
