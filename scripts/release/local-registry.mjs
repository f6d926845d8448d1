import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '../commands.mjs';

const VERDACCIO = '6.8.0';

/**
 * Runs work with a local registry that has the published packages; everything else comes from the configured npm
 * registry.
 */
export async function withLocalRegistry(folder, work) {
  mkdirSync(folder, { recursive: true });
  const manifest = {
    private: true,
    dependencies: { verdaccio: VERDACCIO },
    overrides: { 'node-fetch': '2.7.0' },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const { stdout: uplink } = await run('npm', ['config', 'get', 'registry']);
  writeFileSync(join(folder, 'config.yaml'), configuration(uplink.trim()));
  const given = [
    join(folder, 'node_modules', 'verdaccio', 'bin', 'verdaccio'),
    '-c',
    'config.yaml',
    '-l',
    `127.0.0.1:${port}`,
  ];
  const server = spawn(process.execPath, given, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(server, 'exit');
  try {
    await listening(server);
    // npm needs a token to publish; this registry ignores it.
    const userconfig = join(folder, '.npmrc');
    writeFileSync(userconfig, `registry=${url}\n//127.0.0.1:${port}/:_authToken=anybody\n`);
    const publish = (tarball) =>
      run('npm', ['publish', tarball, '--registry', url, '--userconfig', userconfig, '--provenance=false'], {
        cwd: folder,
      });
    return await work({ url, publish });
  } finally {
    server.kill();
    await ended;
  }
}

function configuration(uplink) {
  return `storage: ./storage
uplinks:
  upstream:
    url: ${uplink}
    maxage: 60m
packages:
  'nestjs-pass2pay':
    access: $all
    publish: $all
  'pass2pay-sandbox':
    access: $all
    publish: $all
  '**':
    access: $all
    proxy: upstream
log: { type: stdout, format: pretty, level: warn }
`;
}

/** Resolves when it responds; if it ends instead, the error contains its output. */
async function listening(server) {
  const log = [];
  for (const stream of [server.stdout, server.stderr]) {
    createInterface(stream).on('line', (line) => log.push(line));
  }
  let hasEnded = false;
  server.once('exit', () => {
    hasEnded = true;
  });
  const address = server.spawnargs.at(-1);
  for (;;) {
    if (hasEnded) throw new Error(`The registry exited:\n${log.join('\n')}`);
    const isThere = await fetch(`http://${address}/-/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
