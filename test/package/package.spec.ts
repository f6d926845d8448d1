import { execFile } from 'node:child_process';
import {
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
import { sign } from '../../lib/protocol/signature/sign.js';
import { MERCHANT } from '../support/test-merchant.js';

// Only ends what hangs: npm, tar and each process take seconds, and many times that on a busy machine.
jest.setTimeout(600_000);

const run = promisify(execFile);

/** What `npm pack --json` says of one package. */
interface Tarball {
  filename: string;
  unpackedSize: number;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
interface Manifest {
  name: string;
  exports: Record<string, string | Record<string, string>>;
  files: string[];
  dependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
  version: string;
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
const manifest = manifestOf(root);
const sandboxManifest = manifestOf(join(root, 'sandbox'));
const PACKAGES = [
  { folder: root, ...manifest },
  { folder: join(root, 'sandbox'), ...sandboxManifest },
];
const optional = Object.keys(manifest.peerDependenciesMeta);

/** The subpaths that cannot do without an optional peer. */
const needs: Readonly<Record<string, string>> = {
  'nestjs-pass2pay/config': '@nestjs/config',
  'nestjs-pass2pay/terminus': '@nestjs/terminus',
};
const subpaths = PACKAGES.flatMap(({ name, exports }) =>
  Object.keys(exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => name + path.slice(1)),
);

describe('the packed packages', () => {
  let consumer: string;
  /** Bytes of each package, unpacked. */
  const sizes: Record<string, number> = {};

  /** A consumer has the packages as they are published, and every other package but for the optional peers. */
  beforeAll(async () => {
    consumer = mkdtempSync(join(tmpdir(), 'pass2pay-consumer-'));
    // Otherwise a package.json further up would be the consumer's.
    writeFileSync(join(consumer, 'package.json'), '{ "name": "consumer", "private": true }');
    const modules = join(consumer, 'node_modules');
    const quiet = ['--silent', '--ignore-scripts'];
    for (const { folder, name } of PACKAGES) {
      const packed = join(modules, name);
      mkdirSync(packed, { recursive: true });
      const pack = ['pack', ...quiet, '--json', '--pack-destination', consumer];
      const [tarball] = JSON.parse((await run('npm', pack, { cwd: folder })).stdout) as Tarball[];
      sizes[name] = tarball!.unpackedSize;
      await run('tar', ['-xzf', join(consumer, tarball!.filename), '--strip-components=1', '-C', packed]);
    }
    // As npm install links its commands; the rest of an installation is what `npm run consumers` does.
    await run('npm', ['rebuild', ...quiet, 'pass2pay-sandbox'], { cwd: consumer });
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (name in sizes || name.startsWith('.')) continue;
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

  /** Whether each subpath loads in one new process, or why it does not. */
  async function loadEach(paths: string[]): Promise<Record<string, true | string>> {
    const { stdout } = await load(
      `const found = {};
       for (const path of ${JSON.stringify(paths)}) {
         found[path] = await import(path).then(
           (module) => Object.keys(module).length > 0,
           (error) => error.message,
         );
       }
       console.log(JSON.stringify(found))`,
    );
    return JSON.parse(stdout) as Record<string, true | string>;
  }

  it('has every file that package.json names', () => {
    for (const { name, exports, files } of PACKAGES) {
      const paths = Object.values(exports).flatMap((entry) =>
        typeof entry === 'string' ? [entry] : Object.values(entry),
      );
      for (const path of [...paths, ...files]) {
        const exists = existsSync(join(consumer, 'node_modules', name, path));
        expect({ name, path, exists }).toEqual({ name, path, exists: true });
      }
    }
  });

  it('leaves what only development needs to the sandbox, and stays small', () => {
    const few = ['@opentelemetry/api', 'cockatiel', 'lossless-json', 'lru-cache', 'rate-limiter-flexible', 'undici'];
    expect(few).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies)));
    expect(sizes['nestjs-pass2pay']).toBeLessThan(1_600_000);
  });

  it('the sandbox carries the licenses of what its command is bundled with, and stays small', () => {
    const licenses = readFileSync(join(consumer, 'node_modules/pass2pay-sandbox/dist/command/LICENSES.txt'), 'utf8');
    for (const name of ['axios', 'commander', 'cockatiel', 'undici', 'rxjs', 'lossless-json']) {
      expect(licenses).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
    }
    expect(Object.keys(sandboxManifest.dependencies)).not.toContain('commander');
    expect(sizes['pass2pay-sandbox']).toBeLessThan(3_000_000);
  });

  it('are released together', () => {
    expect(sandboxManifest.version).toBe(manifest.version);
  });

  it('loads where no optional peer is installed, or says which one is missing', async () => {
    expect(await loadEach(subpaths)).toEqual(
      Object.fromEntries(
        subpaths.map((path) => {
          const peer = needs[path];
          return [path, peer === undefined ? true : expect.stringContaining(`Cannot find package '${peer}'`)];
        }),
      ),
    );
  });

  it.each(Object.entries(needs))('%s loads where its peer %s is installed', async (path, peer) => {
    const link = join(consumer, 'node_modules', peer);
    symlinkSync(join(root, 'node_modules', peer), link);
    try {
      expect(await loadEach([path])).toEqual({ [path]: true });
    } finally {
      rmSync(link);
    }
  });

  it('loads no optional integration where it is installed, and no library that only requests need', async () => {
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
    // The first request loads the one, the first limited request the other.
    expect(loaded).not.toContain('node_modules/cockatiel');
    expect(loaded).not.toContain('node_modules/rate-limiter-flexible');
  });

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
      `const { Pass2PaySandbox } = await import('pass2pay-sandbox');
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
    for (const { name } of PACKAGES) {
      const shipped = readdirSync(join(consumer, 'node_modules', name), { recursive: true }).map(String);
      expect(shipped.filter((path) => /\.spec\.|fixtures|\.env|tsbuildinfo/.test(path))).toEqual([]);
      expect(shipped).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    }
  });

  describe('the command', () => {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, PASS2PAY_SECRET: MERCHANT.secrets };

    /** What it prints, whatever its exit code. */
    function command(file: string, args: string[], stdin = ''): Promise<string> {
      return new Promise((resolve, reject) => {
        const child = execFile(file, args, { cwd: consumer, env }, (error, stdout, stderr) =>
          stdout === '' ? reject(new Error(stderr, { cause: error })) : resolve(stdout),
        );
        // A command that reads no input may have ended by now.
        child.stdin?.on('error', () => undefined);
        child.stdin?.end(stdin);
      });
    }

    it('runs as npx pass2pay-sandbox', async () => {
      const signed: unknown = JSON.parse(
        await command('npx', ['--no', '--', 'pass2pay-sandbox', 'sign', '--json'], 'a=1'),
      );
      expect(signed).toMatchObject({ ok: true, sign: sign({ a: '1' }, MERCHANT.secrets) });
    });

    it('runs as npx pass2pay, and has its services where it needs them', async () => {
      // Nothing else is configured.
      expect(JSON.parse(await command('npx', ['--no', '--', 'pass2pay', 'doctor', '--json']))).toMatchObject({
        checks: [{ id: 'configuration', status: 'fail' }, {}, {}, {}],
      });
    });

    it('runs as pass2pay', async () => {
      const file = join(consumer, 'node_modules', '.bin', 'pass2pay');
      expect(await command(file, ['--version'])).toBe(`${manifest.version}\n`);
      expect(await command(file, ['--help'])).toContain('Usage: pass2pay');
    });
  });
});
