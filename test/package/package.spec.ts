import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

// npm and new processes take their time on a busy machine.
jest.setTimeout(60_000);

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string | Record<string, string>>;
  files: string[];
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
};
const optional = Object.keys(manifest.peerDependenciesMeta);

/** The subpaths that cannot do without an optional peer. */
const needs: Readonly<Record<string, string>> = {
  './config': '@nestjs/config',
  './terminus': '@nestjs/terminus',
};

describe('the built package', () => {
  let consumer: string;

  /** A consumer has the package as it is published, and every other package but for the optional peers. */
  beforeAll(async () => {
    consumer = mkdtempSync(join(tmpdir(), 'pass2pay-consumer-'));
    // Else a package.json further up would be the consumer's.
    writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer" }');
    const modules = join(consumer, 'node_modules');
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root });
    const packed: unknown = JSON.parse(stdout);
    const [{ files }] = (Array.isArray(packed) ? packed : Object.values(packed as object)) as [
      { files: { path: string }[] },
    ];
    for (const { path } of files) cpSync(join(root, path), join(modules, 'nestjs-pass2pay', path));
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (name === 'nestjs-pass2pay' || name.startsWith('.')) continue;
      const packages = name.startsWith('@')
        ? readdirSync(join(root, 'node_modules', name)).map((p) => `${name}/${p}`)
        : [name];
      if (name.startsWith('@')) mkdirSync(join(modules, name), { recursive: true });
      for (const pkg of packages) {
        if (!optional.includes(pkg)) symlinkSync(join(root, 'node_modules', pkg), join(modules, pkg));
      }
    }
  });
  afterAll(() => rmSync(consumer, { recursive: true, force: true }));

  const load = (code: string) => run(process.execPath, ['--input-type=module', '-e', code], { cwd: consumer });

  it('has every file that package.json names', () => {
    const paths = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    for (const path of [...paths, ...manifest.files]) {
      expect({ path, exists: existsSync(join(root, path)) }).toEqual({ path, exists: true });
    }
  });

  it.each(Object.keys(manifest.exports).filter((path) => !path.endsWith('.json') && !(path in needs)))(
    '%s loads where no optional peer is installed',
    async (path) => {
      const name = `nestjs-pass2pay${path.slice(1)}`;
      const { stdout } = await load(`console.log(Object.keys(await import('${name}')).length > 0)`);
      expect(stdout.trim()).toBe('true');
    },
  );

  it.each(Object.entries(needs))(
    '%s loads where its peer %s is installed, and says which one is missing',
    async (path, peer) => {
      const code = `console.log(Object.keys(await import('nestjs-pass2pay${path.slice(1)}')).length > 0)`;
      await expect(load(code)).rejects.toMatchObject({
        stderr: expect.stringContaining(`Cannot find package '${peer}'`),
      });
      const link = join(consumer, 'node_modules', peer);
      symlinkSync(join(root, 'node_modules', peer), link);
      try {
        expect((await load(code)).stdout.trim()).toBe('true');
      } finally {
        rmSync(link);
      }
    },
  );

  it('loads none of the optional integrations where they are installed', async () => {
    // Says the URL of each module that is imported; what CommonJS requires is in its cache.
    const hooks = `export async function resolve(specifier, context, next) {
      const found = await next(specifier, context);
      process._rawDebug(found.url);
      return found;
    }`;
    const { stderr, stdout } = await run(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import module from 'node:module';
         module.register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}));
         await import('./dist/index.js');
         console.log(Object.keys(module.createRequire(import.meta.url).cache).join('\\n'))`,
      ],
      { cwd: root, maxBuffer: 50_000_000 },
    );
    const loaded = [...new Set(`${stderr}\n${stdout}`.match(/node_modules\/(@[^/\s]+\/[^/\s]+|[^/\s]+)/g))];
    expect(loaded).toEqual(expect.arrayContaining(['node_modules/axios', 'node_modules/class-validator']));
    expect(loaded.filter((name) => optional.includes(name.slice('node_modules/'.length)))).toEqual([]);
  }, 60_000);

  it('can be required from CommonJS', async () => {
    const { stdout } = await run(
      process.execPath,
      ['--input-type=commonjs', '-e', `console.log(typeof require('nestjs-pass2pay').Pass2PayModule.forRoot)`],
      { cwd: consumer },
    );
    expect(stdout.trim()).toBe('function');
  });

  it('has the files that the sandbox’s pages load', async () => {
    const { stdout } = await load(
      `const { Pass2PaySandbox } = await import('nestjs-pass2pay/sandbox');
       const sandbox = await Pass2PaySandbox.start();
       try {
         const page = await (await fetch(sandbox.url + '/cashier')).text();
         for (const [, path] of page.matchAll(/(?:href|src)="(\\/sandbox-assets\\/[^"]+)"/g)) {
           console.log((await fetch(sandbox.url + path)).status, path.replace(/\\?.*/, ''));
         }
       } finally {
         await sandbox.stop();
       }`,
    );
    const loaded = stdout.trim().split('\n');
    expect(loaded).toEqual(
      expect.arrayContaining(['200 /sandbox-assets/base.css', '200 /sandbox-assets/cashier/cashier.js']),
    );
    expect(loaded.filter((line) => !line.startsWith('200 '))).toEqual([]);
  });

  it('carries the OpenAPI metadata of its DTOs', async () => {
    const { stdout } = await load(
      `const { CreateCashierOrderDto } = await import('nestjs-pass2pay');
       // As @nestjs/swagger reads it: of the class and of all that it extends.
       const all = {};
       for (let type = CreateCashierOrderDto; type._OPENAPI_METADATA_FACTORY; type = Object.getPrototypeOf(type)) {
         Object.assign(all, type._OPENAPI_METADATA_FACTORY());
       }
       console.log(JSON.stringify(all))`,
    );
    const metadata = JSON.parse(stdout) as Record<string, { required: boolean; description?: string }>;
    expect(metadata.registerTime).toMatchObject({ required: true, description: expect.stringContaining('13-digit') });
    expect(metadata.custNo).toMatchObject({ required: true, example: 'C200492312' });
    expect(metadata.extParam).toMatchObject({ required: false });
  });

  it('has no test, source map of a test, or secret file', () => {
    const shipped = readdirSync(join(consumer, 'node_modules', 'nestjs-pass2pay'), { recursive: true }).map(String);
    expect(shipped.filter((path) => /\.spec\.|fixtures|\.env/.test(path))).toEqual([]);
    expect(shipped).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'package.json']));
  });
});
