import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

/** The folders of the specs of a room that has no folder of its own in test/. */
const FOLDERS = { errors: ['validation', 'client', 'nest'], health: ['terminus'] };

/** The least share of mutants that must be killed, in percent. */
export const FLOORS = { protocol: 90, outcomes: 90, notify: 90, client: 90, database: 90 };

export const ROOMS = readdirSync(new URL('lib', root), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** The room whose turn it is: all of them have one, a room a night. */
export const tonight = () => ROOMS[Math.floor(Date.now() / 86_400_000) % ROOMS.length];

const ON_SERVERS = /describeWhere\((?!'better-sqlite3'|'libsql')/;

/** The fast specs of a room; the others would take hours. */
export function testsOf(room) {
  return (FOLDERS[room] ?? [room]).flatMap((folder) => specsIn(`test/${folder}`)).filter(isFast);
}

/** It waits for no real time, runs no build, and repeats its tests on database servers only where the adapters' do. */
function isFast(path) {
  const source = readFileSync(new URL(path, root), 'utf8');
  const usesServers = ON_SERVERS.test(source) && !source.includes('support/passes-checks.js');
  return !source.startsWith('// Real time:') && !source.includes('/dist/') && !usesServers;
}

function specsIn(folder) {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spec.ts') && !name.endsWith('browser.spec.ts'))
    .map((name) => `${folder}/${name}`);
}
