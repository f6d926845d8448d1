// Checks the imports against the rules of .dependency-cruiser.mjs, and draws the rooms (folders) of lib/, the sandbox
// as a single room, and the arrows between them into CONTRIBUTING.md.
//   node scripts/house.mjs            writes the diagram
//   node scripts/house.mjs --check    fails if the diagram does not match the code
import { readFileSync, writeFileSync } from 'node:fs';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { format, resolveConfig } from 'prettier';
import config from '../.dependency-cruiser.mjs';

const DOCUMENT = new URL('../CONTRIBUTING.md', import.meta.url);
const PICTURE = /(<!-- house -->\n)[\s\S]*(\n<!-- \/house -->)/;

/** The room of a file; undefined for files in lib/ itself, which compose the rooms. */
const roomOf = (path) => (path.startsWith('sandbox/') ? 'sandbox' : /^lib\/([^/]+)\//.exec(path)?.[1]);

/** Every import of the sources, with those that break a rule. */
async function imports() {
  const { options, forbidden } = config;
  const { output } = await cruise(
    ['lib', 'sandbox'],
    { ...options, validate: true, ruleSet: { forbidden } },
    undefined,
    { tsConfig: extractTSConfig(options.tsConfig.fileName) },
  );
  return output;
}

function arrowsOf(modules) {
  const targets = new Map();
  for (const { source, dependencies } of modules) {
    const from = roomOf(source);
    if (from === undefined) continue;
    const known = targets.get(from) ?? new Set();
    targets.set(from, known);
    for (const { resolved } of dependencies) {
      const to = roomOf(resolved);
      if (to !== undefined && to !== from) known.add(to);
    }
  }
  return targets;
}

/** Whether one room also leads to another through a third one: such an arrow would only clutter the diagram. */
function isLongWay(targets, from, to) {
  const seen = new Set();
  const reaches = (room) => {
    if (room === to) return true;
    if (seen.has(room)) return false;
    seen.add(room);
    return [...(targets.get(room) ?? [])].some(reaches);
  };
  return [...targets.get(from)].some((other) => other !== to && reaches(other));
}

const byName = (one, other) => one.localeCompare(other);

function pictureOf(targets) {
  const lines = [...targets.keys()].toSorted(byName).flatMap((from) =>
    [...targets.get(from)]
      .toSorted(byName)
      .filter((to) => !isLongWay(targets, from, to))
      .map((to) => `  ${from} --> ${to}`),
  );
  return ['```mermaid', 'graph TD', ...lines, '```'].join('\n');
}

const text = readFileSync(DOCUMENT, 'utf8');
const { modules, summary } = await imports();
for (const { rule, from, to } of summary.violations) {
  console.error(`${rule.name}: ${from} imports ${to}`);
  process.exitCode = 1;
}
const drawn = pictureOf(arrowsOf(modules));
const anew = await format(
  text.replace(PICTURE, (_, begin, end) => `${begin}\n${drawn}\n${end}`),
  { ...(await resolveConfig(DOCUMENT)), filepath: 'CONTRIBUTING.md' },
);
if (!process.argv.includes('--check')) writeFileSync(DOCUMENT, anew);
else if (anew !== text) {
  console.error('The diagram in CONTRIBUTING.md is out of date: run `npm run house`');
  process.exitCode = 1;
}
