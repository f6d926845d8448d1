import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const MAX_SHOWN = 200;

const oneLine = (text) => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN - 1)}…` : line;
};

/** The lines that a mutant changes, before and after; lines and columns count from 1. */
function changeOf({ location: { start, end }, replacement }, source) {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const before = lines[0].slice(0, start.column - 1);
  const after = lines.at(-1).slice(end.column - 1);
  return { code: oneLine(lines.join('\n')), mutant: oneLine(before + replacement + after) };
}

/** The mutated file, relative to the repository's root. */
export const fileOf = ({ fileName }) => relative(process.cwd(), fileName);

/** What no test noticed, in the order of the files: `{ file, line, code, mutant }`. */
export function survivorsOf(results) {
  return results
    .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
    .map((result) => ({
      file: fileOf(result),
      line: result.location.start.line,
      ...changeOf(result, readFileSync(result.fileName, 'utf8')),
    }))
    .toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

const keyOf = ({ file, code, mutant }) => [file, code, mutant].join('\n');

/** The survivors with the reasons of the list, and what of the list survives no more. Lines may have moved. */
export function withReasons(survivors, listed) {
  const reasons = new Map(listed.map((survivor) => [keyOf(survivor), survivor.why]));
  const found = survivors.map((survivor) => ({ ...survivor, why: reasons.get(keyOf(survivor)) }));
  const keys = new Set(survivors.map(keyOf));
  return { found, gone: listed.filter((survivor) => !keys.has(keyOf(survivor))) };
}
