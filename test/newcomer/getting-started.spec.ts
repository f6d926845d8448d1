// Real time: what is measured is how long a newcomer waits.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { packAll, type Packed } from '../../scripts/release/pack.mjs';
import { blocksOf, commandsOf, root, RunDocument } from '../docs/support/document.js';
import { firstAttempt } from '../docs/support/first-attempt.js';
import { run, start, stop } from '../docs/support/processes.js';
import { PLATFORMS } from '../support/nest-app.js';

const PAGE = 'docs/getting-started.md';
const text = readFileSync(join(root, PAGE), 'utf8');

/** From the empty folder to the paid order: processes and downloads, without the time to read and to type. */
const LIMIT_S = 300;

let folder: string;
let packed: Packed[];
let newcomer: Record<string, string | undefined>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pass2pay-newcomer-'));
  packed = await packAll(folder, 'https://github.com/OWNER/nestjs-pass2pay', { isBuilt: true });
  const inCheckout = join(root, 'node_modules');
  const path = process.env.PATH!.split(delimiter).filter((entry) => !entry.startsWith(inCheckout));
  newcomer = { ...trustOf(process.env), PATH: [await oldestNode(), ...path].join(delimiter) };
});
afterAll(async () => {
  // So many files go faster side by side.
  const REMOVED = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };
  await Promise.all(readdirSync(folder).map((part) => rm(join(folder, part), REMOVED)));
  await rm(folder, REMOVED);
});

it.each(PLATFORMS)('a newcomer who follows the page on %s has a paid order within 300 s', async (platform) => {
  const page = new RunDocument(PAGE);
  const empty = join(folder, platform);
  const shop = join(empty, 'shop');
  // Nothing has been downloaded before; npx asks whether it may install the Nest CLI.
  const env = { ...newcomer, npm_config_cache: join(folder, `cache-${platform}`), npm_config_yes: 'true' };
  mkdirSync(empty);
  const typed: string[] = [];
  const times: [what: string, seconds: number][] = [];
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    const result = await work();
    times.push([what, (performance.now() - began) / 1000]);
    return result;
  };
  /** The arguments of bash for the page's own lines; only the packages that are not yet published come from a file. */
  const bash = (block: string): string[] => {
    typed.push(...commandsOf(block));
    const script = packed.reduce((lines, { manifest: { name }, tarball }) => {
      return lines.replaceAll(new RegExp(`^(npm i .*?)(?<=[ ])${name}(?=[ \n])`, 'gm'), `$1'${tarball}'`);
    }, block);
    return ['-ec', script];
  };
  const write = (block: string) => writeFileSync(join(shop, pathOf(block)), block);

  const create = page.take('new shop');
  const installed = await timed('application and packages', () => run('bash', bash(create), { cwd: empty, env }));
  expect(installed.stderr).not.toMatch(/ERESOLVE|EBADENGINE/);
  if (platform === 'fastify') {
    const [, name] = /On Fastify, install `(\S+)`/.exec(text)!;
    await timed('Fastify', () => run('bash', bash(`npm i ${name}\n`), { cwd: shop, env }));
  }
  const appModule = page.take('// src/app.module.ts');
  const mains = { express: page.take('{ rawBody: true }'), fastify: page.take('FastifyAdapter') };
  write(appModule);
  write(mains[platform]);
  expect(text).toContain('The settings go into `.env`');
  writeFileSync(join(shop, '.env'), page.take('PASS2PAY_BASE_URL'));

  const inTerminal = { cwd: shop, env, inTerminal: true };
  const sandbox = start('bash', bash(page.take('npx pass2pay sandbox')), inTerminal);
  await timed('gateway', () => sandbox.written('stdout', /^gateway +http:\/\/127\.0\.0\.1:9216\n/));
  const running = start('bash', bash(page.take('npm run build')), inTerminal);
  await timed('build and start', () => running.written('stdout', /application successfully started/));
  await timed('sale', async () => {
    const events = await fetch('http://127.0.0.1:9216/sandbox/events');
    await run('bash', bash(page.take('/pay\n')), { cwd: shop, env });
    expect(await firstAttempt(events)).toContain('"acknowledged":true');
    const ask = page.take('curl -sS http://127.0.0.1:3000/orders/A1');
    expect((await run('bash', bash(ask), { cwd: shop, env })).stdout).toBe('{"paid":true}');
  });
  await stop(running);
  await stop(sandbox);

  const total = times.reduce((sum, [, seconds]) => sum + seconds, 0);
  const parts = times.map(([what, seconds]) => `${what} ${seconds.toFixed(1)} s`).join(', ');
  process.stdout.write(`a newcomer on ${platform}: ${total.toFixed(1)} s (${parts})\n`);
  expect(page.unrun()).toEqual([]);
  expect(typed.filter((command) => command !== 'npm i @nestjs/platform-fastify')).toEqual(commandsOfPage());
  expect(notNeeded(typed, [appModule, mains[platform]])).toEqual([]);
  expect(total).toBeLessThan(LIMIT_S);
});

/** Every command that the page has a reader type, in its order. */
function commandsOfPage(): string[] {
  return blocksOf(PAGE)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ code }) => commandsOf(code));
}

/** The packages that a reader installs although no file imports them, the library does not require them, and they have no command. */
function notNeeded(typed: string[], files: string[]): string[] {
  const [{ manifest }, sandbox] = packed as [Packed, Packed];
  const { peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const required = Object.keys(peerDependencies).filter((name) => !(name in peerDependenciesMeta));
  const commands = Object.keys(sandbox.manifest.bin ?? {});
  expect(typed.some((command) => commands.some((name) => command.startsWith(`npx ${name} `)))).toBe(true);
  const imported = files.flatMap((code) =>
    Array.from(code.matchAll(/ from '(@[\w-]+\/[\w-]+|[a-z][\w-]*)/g), ([, name]) => name!),
  );
  const needed = new Set([...required, ...imported, sandbox.manifest.name]);
  const packages = typed.flatMap((command) => /^npm i (?:-D )?(.*)$/.exec(command)?.[1]!.split(' ') ?? []);
  return packages.filter((name) => !needed.has(name));
}

/** The path that a block says in its first line. */
function pathOf(block: string): string {
  return /^\/\/ (\S+)\n/.exec(block)![1]!;
}

/** Where the oldest Node is that the page allows. */
async function oldestNode(): Promise<string> {
  const [, version] = /You need Node (\d+\.\d+) or later/.exec(text)!;
  if (process.versions.node.startsWith(`${version}.`)) return dirname(process.execPath);
  const name = `node-${process.platform}-${process.arch}`;
  const cwd = join(folder, 'node');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'package.json'), '{ "private": true }');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', ...quiet, `${name}@${version}`], { cwd, env: trustOf(process.env) });
  return join(cwd, 'node_modules', name, 'bin');
}

/** The variables by which a machine reaches the packages. */
function trustOf(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const names = Object.keys(env).filter((name) =>
    /^(NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|\w+_proxy|npm_config_registry)$/i.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}
