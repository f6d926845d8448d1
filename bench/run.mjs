// Runs all benchmarks in sequence: `npm run bench` at the repository's root. Writes results.json, and from it the
// charts and the tables of ../docs/performance.md. `npm run bench -- sign notify` runs only the named groups, and `--
// --quick` runs all of them in a few rounds without storing the results.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chart } from './lib/chart.mjs';
import { refreshed } from './lib/document.mjs';
import { machine } from './lib/machine.mjs';

const GROUPS = ['signature', 'create-order', 'notify', 'database', 'tables', 'queue', 'import', 'boot', 'scale'];
const RESULTS = fileURLToPath(new URL('results.json', import.meta.url));
const IMAGES = fileURLToPath(new URL('../docs/images/', import.meta.url));
const DOCUMENT = fileURLToPath(new URL('../docs/performance.md', import.meta.url));

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
/** Results of a few rounds are shown and not stored. */
const isKept = !process.env.BENCH_SMOKE && !process.argv.includes('--quick');
const chosen = wanted.length === 0 ? GROUPS : GROUPS.filter((name) => wanted.includes(name));
const begun = performance.now();
const groups = [];
for (const [index, name] of chosen.entries()) {
  const tell = (what) => show(`[${index + 1}/${chosen.length}] ${name}: ${what} (${seconds()} s)`);
  tell('starts');
  const { run } = await import(`./groups/${name}.mjs`);
  groups.push(...(await run(tell)));
}
show('');
for (const { title, targets } of groups) {
  for (const { what, measured, low, high, unit, isMet } of targets) {
    const spread = low === undefined ? '' : ` (${low.toFixed(2)} – ${high.toFixed(2)})`;
    console.log(`${isMet ? 'met   ' : 'MISSED'}  ${title}: ${what}; measured ${measured.toFixed(2)} ${unit}${spread}`);
  }
}
console.log(`${chosen.length} groups in ${seconds()} s`);

if (isKept) {
  const results = rounded(wanted.length === 0 ? { machine: machine(), groups } : among(earlier(), groups));
  writeFileSync(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
  mkdirSync(IMAGES, { recursive: true });
  for (const group of results.groups) writeFileSync(`${IMAGES}bench-${group.id}.svg`, chart(group));
  writeFileSync(DOCUMENT, refreshed(readFileSync(DOCUMENT, 'utf8'), results));
}
process.exit(0);

function seconds() {
  return Math.round((performance.now() - begun) / 1000);
}

/** One line that is updated on a terminal; one line per message in a log. */
function show(text) {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001B[K${text}`);
  else if (text !== '') console.log(text);
}

/** The earlier results with these groups replaced; each new group records the machine that it was measured on. */
function among({ groups: before, ...whole }, anew) {
  const here = machine();
  const kept = before.filter(({ id }) => anew.every((group) => group.id !== id));
  return { machine: here, ...whole, groups: [...kept, ...anew.map((group) => ({ ...group, machine: here }))] };
}

function earlier() {
  try {
    return JSON.parse(readFileSync(RESULTS, 'utf8'));
  } catch {
    return { groups: [] };
  }
}

/** A benchmark is not more precise than four digits. */
function rounded(value) {
  return JSON.parse(
    JSON.stringify(value, (_key, member) => (typeof member === 'number' ? Number(member.toPrecision(4)) : member)),
  );
}
