import { execFile, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as prettier from 'prettier';
import { LIBRARIES } from '../../lib/schematics/nest-add/databases/libraries.js';
import { testsOn } from '../../lib/schematics/nest-add/jest-setup.js';

// Only ends what hangs: a compiler takes seconds, and many times that on a busy machine.
jest.setTimeout(600_000);

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

type Files = Record<string, string>;

interface JestConfig {
  transform: object;
  transformIgnorePatterns: string[];
}

interface Added {
  files: Files;
  /** What it asked the CLI for besides, such as to install packages. */
  tasks: string[];
  /** What it logged, with the level. */
  told: string[];
}

const APP_MODULE = `import { Module } from '@nestjs/common';
import { AppController } from './app.controller.js';

@Module({
  imports: [],
  controllers: [AppController],
})
export class AppModule {}
`;

/** As `prisma init` writes it. */
const prismaSchema = (dialect: string) => ({
  '/prisma/schema.prisma': `generator client {
  provider = "prisma-client"
  output   = "../src/generated/prisma"
}

datasource db {
  provider = "${dialect === 'postgres' ? 'postgresql' : dialect}"
}
`,
});

function application({
  module = APP_MODULE,
  nest = '^12.0.1',
  type = 'module',
  scripts = {},
  jest: config = undefined as object | undefined,
  packages = {},
  files = {},
} = {}): Files {
  const dependencies = { '@nestjs/common': nest, rxjs: '^7.8.1', ...packages };
  const manifest = { name: 'shop', type, scripts, dependencies, jest: config };
  return { '/package.json': `${JSON.stringify(manifest, null, 2)}\n`, '/src/app.module.ts': module, ...files };
}

const { version } = JSON.parse(readFileSync(new URL('../../sandbox/package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const node = process.execPath;
let schematic: ChildProcess;
const folders: string[] = [];
let count = 0;

/** Files in a folder inside the checkout, where the packages that they import are found. */
function written(files: Files): string {
  mkdirSync(join(root, 'node_modules', '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, 'node_modules', '.cache', 'nest-add-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

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
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
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
    const shop = written(files);
    const tsc = [join(root, 'node_modules', 'typescript-7', 'bin', 'tsc'), '-p', join(shop, 'tsconfig.build.json')];
    await run(node, [...tsc, '--types', 'node']);
    const sellOnce = fileURLToPath(new URL('support/sell-once.cjs', import.meta.url));
    const { stdout } = await run(node, [sellOnce, join(shop, 'dist', 'app.module.js')]);
    expect(JSON.parse(stdout)).toEqual({ acknowledged: true, attempts: 1 });
  });

  it('has the Jest of a CommonJS application on Nest 11 make the packages CommonJS, for any Node', async () => {
    const scripts = { test: 'jest', 'test:e2e': 'jest --config ./test/jest-e2e.json' };
    const transform = { '^.+\\.(t|j)s$': 'ts-jest' };
    const app = application({
      nest: '^11.0.1',
      type: 'commonjs',
      scripts,
      jest: { rootDir: 'src', transform },
      files: { '/test/jest-e2e.json': JSON.stringify({ rootDir: '.', transform }) },
    });
    const { files, told } = await add(app);
    const { jest: unit, scripts: after } = JSON.parse(files['/package.json']!) as { jest: JestConfig; scripts: object };
    const endToEnd = JSON.parse(files['/test/jest-e2e.json']!) as JestConfig;
    for (const { transform: transforms, transformIgnorePatterns: ignored } of [unit, endToEnd]) {
      const [pattern, last] = Object.keys(transforms);
      expect('/shop/node_modules/nestjs-pass2pay/dist/index.js').toMatch(new RegExp(pattern!));
      expect(last).toBe('^.+\\.(t|j)s$');
      const isIgnored = (path: string) => ignored.some((each) => new RegExp(each).test(path));
      expect(isIgnored('/shop/node_modules/pass2pay-sandbox/dist/index.js')).toBe(false);
      expect(isIgnored('/shop/node_modules/.pnpm/nestjs-pass2pay@1/node_modules/nestjs-pass2pay/a.js')).toBe(false);
      expect(isIgnored('/shop/node_modules/nestjs-pass2pay/node_modules/other/a.js')).toBe(true);
      expect(isIgnored('/shop/node_modules/axios/index.js')).toBe(true);
    }
    expect(after).toEqual(scripts);
    expect(files['/src/pay/pay.module.spec.ts']).toBeDefined();
    expect(told.join()).not.toContain('warn');
    expect((await add(files)).files).toEqual(files);
  });

  it.each([
    ['20.19.0', 12, 'node --experimental-vm-modules jest.js', /Nest 12 .* on Node 24\.9 and later; this is Node 20/],
    ['24.8.0', 11, 'node --experimental-vm-modules jest.js', /on Node 24\.9 and later/],
    ['24.9.0', 12, 'node --experimental-vm-modules jest.js', /^yes$/],
    ['26.0.0', 11, 'node --experimental-vm-modules jest.js', /^yes$/],
    ['20.19.0', 11, 'jest', /Jest's configuration is not in package\.json/],
    ['20.19.0', 11, 'vitest run', /^yes$/],
  ])('knows whether tests of a CommonJS application can run: Node %s, Nest %i, %s', (nodes, nest, script, answer) => {
    expect(testsOn(nodes, { scripts: { test: script } }, nest)).toMatch(answer);
  });

  it('writes no test that could not run, and says so', async () => {
    const app = application({ nest: '^11.0.1', type: 'commonjs', scripts: { test: 'jest' } });
    const { files, told } = await add(app);
    expect(files['/src/pay/pay.module.spec.ts']).toBeUndefined();
    expect(files['/src/pay/pay.module.ts']).toBeDefined();
    expect(told.join('\n')).toMatch(/warn: No test was written: Jest's configuration is not in package\.json/);
    // Jest is configured by hand since.
    const config = { transformIgnorePatterns: ['/node_modules/(?!nestjs-pass2pay/)'] };
    const manifest = { ...(JSON.parse(files['/package.json']!) as object), jest: config };
    const again = await add({ ...files, '/package.json': JSON.stringify(manifest) });
    expect(again.files['/src/pay/pay.module.spec.ts']).toBeDefined();
    expect(again.files['/package.json']).toBe(JSON.stringify(manifest));
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
      /to extend; add PayModule/,
    ],
    ['it has no decorator', { module: 'export const nothing = 1;\n' }, {}, /has no @Module/],
    ['Nest is too old', { nest: '^10.0.0' }, {}, /requires Nest 11 or 12, but package\.json has @nestjs\/common \^10/],
  ])('says what to do when %s', async (_what, app, options, message) => {
    await expect(add(application(app), options)).rejects.toThrow(message);
  });
});

describe('nest add nestjs-pass2pay --database', () => {
  const choices = [...LIBRARIES].flatMap(([name, { dialects }]) => dialects.map((dialect) => ({ name, dialect })));
  const added = new Map<string, Added>();
  beforeAll(async () => {
    for (const { name, dialect } of choices) {
      const [type, packages] = name.length % 2 === 0 ? ['commonjs', {}] : ['module', { 'better-sqlite3': '^12.0.0' }];
      added.set(
        `${name} ${dialect}`,
        await add(application({ type, packages, files: prismaSchema(dialect) }), { database: name, dialect }),
      );
    }
  });

  it.each(choices)(
    'writes the connection, handlers and the migration: $name on $dialect',
    async ({ name, dialect }) => {
      const { files, told } = added.get(`${name} ${dialect}`)!;
      const texts = Object.values(files).join('\n');
      expect(files['/src/pay/pay-database.module.ts']).toContain(`'nestjs-pass2pay/database/${name}'`);
      expect(texts).toContain('CREATE TABLE IF NOT EXISTS pass2pay_order');
      expect(texts).toContain('CREATE TABLE IF NOT EXISTS pay_fulfilment');
      expect(files['/.env.example']).toMatch(/^DATABASE_URL=/m);
      expect(told.join('\n')).toMatch(/creates the tables; apply it with /);
      for (const [path, text] of Object.entries(files).filter(([each]) => each.endsWith('.ts'))) {
        const format = { filepath: path, singleQuote: true, trailingComma: 'all' } as const;
        expect(await prettier.format(text, format)).toBe(text);
      }
      // What was chosen stays chosen.
      expect((await add(files)).files).toEqual(files);
    },
  );

  it('writes what compiles', async () => {
    const files = [...added].flatMap(([name, { files: each }]) =>
      Object.entries(each)
        // The package @mikro-orm/migrations is not here.
        .filter(([path]) => !/app\.module|Migration\d+/.test(path))
        .map(([path, text]) => [`/${name.replace(' ', '-')}${path}`, text]),
    );
    const compilerOptions = {
      module: 'nodenext',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      isolatedModules: true,
    };
    const decorators = {
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      target: 'es2023',
      esModuleInterop: true,
    };
    const globals = ['describe', 'beforeAll', 'afterAll', 'it', 'expect'].map(
      (name) => `const ${name}: typeof jest.${name};\n`,
    );
    const config = {
      compilerOptions: { ...compilerOptions, ...decorators, types: ['node'] },
      include: ['globals.d.ts', '*/src/**/*.ts'],
    };
    const shops = written({
      ...Object.fromEntries(files),
      '/globals.d.ts': `import type * as jest from '@jest/globals';\ndeclare global {\n${globals.join('')}}\n`,
      '/tsconfig.json': JSON.stringify(config),
    });
    // It asks for an engine, which only migrations need, and which it would fetch from outside.
    const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', PRISMA_HIDE_UPDATE_MESSAGE: '1' };
    for (const dialect of ['postgres', 'mysql']) {
      await run(join(root, 'node_modules', '.bin', 'prisma'), ['generate'], {
        cwd: join(shops, `prisma-${dialect}`),
        env,
      });
    }
    const { stdout } = await run(node, [join(root, 'node_modules', 'typescript-7', 'bin', 'tsc'), '-p', shops]).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  });

  it.each([
    ['TypeORM', { typeorm: '^1.0.0', pg: '^8.0.0' }, 'database/typeorm', /"type": "module"/],
    ['Drizzle on MariaDB', { 'drizzle-orm': '^0.45.0', mysql2: '^3.9.0' }, 'database/drizzle', /mysql2/],
    ['the driver alone', { mysql2: '^3.9.0' }, 'database/mysql', /mysql2/],
  ])('takes the library that the application has: %s', async (_name, packages, adapter, manifest) => {
    const { files } = await add(application({ packages }));
    expect(files['/src/pay/pay-database.module.ts']).toContain(adapter);
    expect(files['/package.json']).toMatch(manifest);
  });

  it('takes the DataSource that the application’s TypeOrmModule makes', async () => {
    const module = APP_MODULE.replace('imports: []', `imports: [TypeOrmModule.forRoot({ type: 'postgres' })]`);
    const { files } = await add(application({ module, packages: { '@nestjs/typeorm': '^12.0.0' } }));
    expect(files['/src/pay/pay-database.module.ts']).not.toContain('new DataSource');
    expect(files['/src/pay/pay.module.spec.ts']).toContain(`TypeOrmModule.forRoot({ type: 'postgres', url })`);
    expect(files['/package.json']).not.toContain('better-sqlite3');
  });

  it('asks for a schema of Prisma where there is none', async () => {
    await expect(add(application(), { database: 'prisma' })).rejects.toThrow(/run npx prisma init first/);
  });

  it('writes no test for Prisma into a CommonJS application with Jest', async () => {
    const scripts = { test: 'node --experimental-vm-modules ./node_modules/jest/bin/jest.js' };
    const app = application({ type: 'commonjs', scripts, files: prismaSchema('postgres') });
    const { files, told } = await add(app, { database: 'prisma' });
    expect(files['/src/pay/pay.module.spec.ts']).toBeUndefined();
    expect(told.join()).toMatch(/No test was written: the client generated by Prisma/);
  });

  it('adds Drizzle’s migration behind those that are there', async () => {
    const entry = { idx: 0, version: '7', when: 1, tag: '0000_first', breakpoints: true };
    const journal = JSON.stringify({ version: '7', dialect: 'postgresql', entries: [entry] });
    const { files } = await add(application({ files: { '/drizzle/meta/_journal.json': journal } }), {
      database: 'drizzle',
    });
    expect(files['/drizzle/0001_pass2pay.sql']).toContain('--> statement-breakpoint');
    const { entries } = JSON.parse(files['/drizzle/meta/_journal.json']!) as { entries: object[] };
    expect(entries).toEqual([entry, expect.objectContaining({ idx: 1, tag: '0001_pass2pay' })]);
  });

  it.each([
    [{ database: 'oracle' }, /database/],
    [{ database: 'pg', dialect: 'mysql' }, /--dialect of pg must be one of postgres, not mysql/],
    [{ database: 'prisma', dialect: 'mysql' }, /--dialect of prisma must be one of postgres, not mysql/],
  ])('refuses %o', async (options, message) => {
    await expect(add(application({ files: prismaSchema('postgres') }), options)).rejects.toThrow(message);
  });
});
