import { mkdirSync, writeFileSync } from 'node:fs';
import { run } from '../commands.mjs';

/** The packages of every Nest application, and those that the subpaths need. */
const BESIDE = [
  '@nestjs/common@12',
  '@nestjs/core@12',
  '@nestjs/platform-express@12',
  '@nestjs/config@12',
  '@nestjs/terminus@12',
  'reflect-metadata@0.2',
  'rxjs@7',
];

/** Loads every subpath, creates an order on the sandbox with the client, and verifies the notify for it. */
const TRY = `
import assert from 'node:assert/strict';
for (const path of JSON.parse(process.argv[2])) {
  const part = await import(path);
  assert.ok(Object.keys(part).length > 0, path + ' exports nothing');
}
const { Pass2PayClient } = await import('nestjs-pass2pay/client');
const { Pass2PaySandbox, DEFAULT_MERCHANT } = await import('pass2pay-sandbox');
const { signedPaymentNotify } = await import('pass2pay-sandbox/testing');
const { mchNo, appId, secret: secrets } = DEFAULT_MERCHANT;
const sandbox = await Pass2PaySandbox.start();
const client = new Pass2PayClient({ baseUrl: sandbox.url, merchants: [{ mchNo, appId, secrets }] });
const order = { mchOrderNo: 'R1', amount: 10031, registerTime: 1622016572190, custNo: 'C1' };
const { cashierUrl } = await client.cashier.createOrder({ ...order, notifyUrl: 'http://127.0.0.1:9/pay/notify' });
assert.ok(cashierUrl.startsWith(sandbox.url));
const { body, headers } = signedPaymentNotify({ mchOrderNo: 'R1', amount: 10031 });
const message = { body, query: '', contentType: headers['Content-Type'] ?? headers['content-type'] };
assert.equal((await client.verifyNotify(message)).payment.mchOrderNo, 'R1');
await assert.rejects(client.verifyNotify({ ...message, body: body.replace('amount=10031', 'amount=1') }));
await client.close();
await sandbox.stop();
`;

/**
 * Installs the packages into an empty folder as a user does, and uses them.
 *
 * @param packages arguments for npm: tarballs, or names with versions
 * @param {{ registry?: string, manifests: object[] }} options
 */
export async function installAndUse(folder, packages, { registry, manifests }) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: 'user', private: true, type: 'module' }));
  const peers = requiredPeers(manifests);
  const from = registry === undefined ? [] : ['--registry', registry];
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', ...from, ...quiet, ...packages, ...peers, ...BESIDE], { cwd: folder });
  const subpaths = manifests.flatMap(({ name, exports }) =>
    Object.keys(exports)
      .filter((path) => !path.endsWith('.json'))
      .map((path) => name + path.slice(1)),
  );
  writeFileSync(`${folder}/try.mjs`, TRY);
  await run(process.execPath, ['try.mjs', JSON.stringify(subpaths)], { cwd: folder });
  const { stdout: sql } = await run('npx', ['--no', '--', 'nestjs-pass2pay', 'migration', 'postgres'], { cwd: folder });
  if (!sql.includes('pass2pay_order')) throw new Error('nestjs-pass2pay migration postgres does not print the tables');
  const { stdout: version } = await run('npx', ['--no', '--', 'pass2pay', '--version'], { cwd: folder });
  if (version.trim() !== manifests[0].version)
    throw new Error(`pass2pay --version prints ${version.trim()}, not ${manifests[0].version}`);
}

/** The required peer dependencies that are not yet in the list. */
function requiredPeers(manifests) {
  const own = new Set(manifests.map(({ name }) => name));
  const given = new Set(BESIDE.map((one) => one.slice(0, one.lastIndexOf('@'))));
  const peers = manifests.flatMap(({ peerDependencies = {}, peerDependenciesMeta = {} }) =>
    Object.entries(peerDependencies).filter(([name]) => !peerDependenciesMeta[name]?.optional),
  );
  return peers.filter(([name]) => !own.has(name) && !given.has(name)).map(([name, range]) => `${name}@${range}`);
}
