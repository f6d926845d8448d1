import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataFile } from '../../../sandbox/gateway/data/data-file.js';
import type { DataRecord } from '../../../sandbox/gateway/data/data-record.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-data-'));
  path = join(folder, 'sandbox.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

function recordsIn(file = path): readonly DataRecord[] {
  const opened = DataFile.open(file);
  opened.file.close();
  return opened.records;
}

/** Writes each commit and returns where in the file it ends. */
function writeCommits(commits: readonly (readonly DataRecord[])[]): number[] {
  const { file } = DataFile.open(path);
  const ends = commits.map((records) => {
    for (const [index, record] of records.entries()) file.note(String(index), record);
    file.commit();
    return statSync(path).size;
  });
  file.close();
  return ends;
}

describe('a data file', () => {
  it('gives back what was committed, in order', () => {
    writeCommits([[{ time: 1 }, { url: 'http://a' }], [{ time: 2 }]]);
    expect(recordsIn()).toEqual([{ time: 1 }, { url: 'http://a' }, { time: 2 }]);
  });

  it('commits by itself at the end of the turn, once for several notes of one key', async () => {
    const { file } = DataFile.open(path);
    const mutable = { time: 1 };
    file.note('time', mutable);
    file.note('url', { url: 'u' });
    file.note('time', mutable);
    mutable.time = 2;
    await Promise.resolve();
    expect(readFileSync(path, 'utf8').split('\n').slice(1)).toEqual(['[{"url":"u"},{"time":2}]', '']);
    file.close();
    file.note('time', mutable);
    file.commit();
    expect(recordsIn()).toHaveLength(2);
  });

  it('is for its owner alone to read', () => {
    writeCommits([]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('cut off anywhere, holds the state before or after a commit, and goes on from there', () => {
    const commits: DataRecord[][] = [[{ url: 'http://ä' }], [{ time: 1 }, { time: 2 }], [{ url: '龍' }, { time: 3 }]];
    const ends = writeCommits(commits);
    const whole = readFileSync(path);
    const header = whole.indexOf('\n') + 1;
    for (let length = header; length <= whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      const complete = ends.filter((end) => end <= length).length;
      const opened = DataFile.open(path);
      expect(opened.records).toEqual(commits.slice(0, complete).flat());
      opened.file.note('x', { time: 9 });
      opened.file.close();
      expect(recordsIn()).toEqual([...commits.slice(0, complete).flat(), { time: 9 }]);
    }
  });

  it('is written anew when most of it is out of date, and never half', () => {
    const { file } = DataFile.open(path);
    const large = 'x'.repeat(1_000_000);
    file.keep(function* () {
      for (let time = 0; time < 1_200; time++) yield { time };
      yield { url: 'kept' };
    });
    for (let n = 0; n < 12; n++) {
      file.note('url', { url: large + n });
      file.commit();
      expect(statSync(path).size).toBeLessThan(6_000_000);
    }
    file.note('url', { url: 'last' });
    file.close();
    const records = recordsIn();
    expect(records.filter((record) => 'time' in record)).toHaveLength(1_200);
    expect(records).toContainEqual({ url: 'kept' });
    expect(records.at(-1)).toEqual({ url: 'last' });
    expect(readdirSync(folder)).toEqual(['sandbox.jsonl']);
  });

  it('is untouched by a rewriting that was cut off', () => {
    writeCommits([[{ time: 1 }]]);
    writeFileSync(`${path}.new`, '{"pass2pay-sandbox":1}\n[{"ti');
    expect(recordsIn()).toEqual([{ time: 1 }]);
  });
});

describe('a data file that cannot be used', () => {
  it.each([
    ['not JSON', '{"broken\n', 'is damaged in line 2: it is not JSON'],
    ['not a list', '{"time":1}\n', 'is damaged in line 2: it is not a list of records'],
    ['a strange record', '[{"tyme":1}]\n', 'is damaged in line 2: there is no record of the kind "tyme"'],
    ['a record of two kinds', '[{"time":1,"url":"u"}]\n', 'is damaged in line 2: a record is of two kinds'],
    ['half an order', '[{"order":{"mchNo":"M1"}}]\n', 'is damaged in line 2: a record of the kind order lacks'],
    ['damage further down', '[{"time":1}]\n[{"time":1}\n[{"time":2}]\n', 'is damaged in line 3'],
  ])('%s: is named with what to do, and left as it was', (_what, lines, message) => {
    writeCommits([]);
    appendFileSync(path, lines);
    const before = readFileSync(path);
    expect(() => DataFile.open(path)).toThrow(message);
    expect(() => DataFile.open(path)).toThrow(path);
    expect(() => DataFile.open(path)).toThrow('move the file away to start again');
    expect(readFileSync(path)).toEqual(before);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it.each([
    ['of somebody else', 'name,amount\n', 'is not a sandbox data file'],
    ['an empty one', '', 'is not a sandbox data file'],
    ['of another version', '{"pass2pay-sandbox":2}\n', 'was written by another version'],
  ])('%s is left as it is', (_what, text, message) => {
    writeFileSync(path, text);
    expect(() => DataFile.open(path)).toThrow(message);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('says that the folder is not there', () => {
    expect(() => DataFile.open(join(folder, 'none', 'file'))).toThrow(
      `cannot be created because the folder ${join(folder, 'none')} does not exist; create it`,
    );
  });

  it('is in use by another sandbox of this process', () => {
    const { file } = DataFile.open(path);
    expect(() => DataFile.open(path)).toThrow(/is in use: process \d+ on .* uses it\. Stop that sandbox/);
    file.close();
    expect(recordsIn()).toEqual([]);
  });

  it('is free again when the process that had it is gone', () => {
    writeCommits([[{ time: 1 }]]);
    const { file } = DataFile.open(path);
    const lock = JSON.parse(readFileSync(`${path}.lock`, 'utf8')) as Record<string, unknown>;
    file.close();
    // No process has this number; this process itself has it again after a restart in a container.
    for (const pid of [2 ** 22 + 1, process.pid]) {
      writeFileSync(`${path}.lock`, JSON.stringify({ ...lock, pid, token: 'of a former life' }));
      expect(recordsIn()).toEqual([{ time: 1 }]);
    }
    writeFileSync(`${path}.lock`, 'not even JSON');
    expect(recordsIn()).toEqual([{ time: 1 }]);
    writeFileSync(`${path}.lock`, JSON.stringify({ ...lock, host: 'another', token: 'of another machine' }));
    expect(() => DataFile.open(path)).toThrow(/on another uses it\..* delete .*\.lock/);
  });
});
