import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { SandboxDataFileError } from './data-file.error.js';
import { type DataRecord, flawOf } from './data-record.js';
import { FileLock } from './file-lock.js';

const HEADER = '{"pass2pay-sandbox":1}\n';
/** Below this, the file is not rewritten, however much of it is out of date. */
const LEAST_COMPACTION_BYTES = 4 * 1024 * 1024;
const RECORDS_PER_LINE = 500;

/**
 * A file that keeps the sandbox's state: after a first line that says what it is, each line is one commit, a JSON array of
 * records. Commits are appended, and so are there when the process is killed the moment after; a last line that was cut
 * off is dropped, which leaves the state before that commit. When most of the file is out of date it is written anew
 * beside itself and renamed.
 */
export class DataFile {
  /** The absolute path. */
  readonly path: string;
  private readonly lock: FileLock;
  private readonly pending = new Map<string, DataRecord>();
  private snapshot: () => Iterable<DataRecord> = () => [];
  private descriptor: number;
  /** Where the last whole commit ends. */
  private size: number;
  private compactAt: number;
  private isScheduled = false;
  private hasWarned = false;
  private isClosed = false;

  private constructor(path: string, lock: FileLock, descriptor: number, size: number) {
    this.path = path;
    this.lock = lock;
    this.descriptor = descriptor;
    this.size = size;
    this.compactAt = Math.max(LEAST_COMPACTION_BYTES, 2 * size);
  }

  /**
   * Opens the file, or makes it.
   *
   * @returns the file and what it holds, oldest first
   * @throws SandboxDataFileError when it is in use, damaged, not such a file, or cannot be read or written.
   */
  static open(path: string): { file: DataFile; records: DataRecord[] } {
    const absolute = resolve(path);
    const lock = FileLock.take(absolute);
    try {
      if (!existsSync(absolute)) replaceFile(absolute, []);
      const { records, size } = read(absolute);
      const descriptor = openSync(absolute, 'r+');
      ftruncateSync(descriptor, size);
      return { file: new DataFile(absolute, lock, descriptor, size), records };
    } catch (error) {
      lock.release();
      if (error instanceof SandboxDataFileError) throw error;
      throw new SandboxDataFileError(absolute, `cannot be opened: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** From now on, the file can be written anew from what `snapshot` gives. */
  keep(snapshot: () => Iterable<DataRecord>): void {
    this.snapshot = snapshot;
  }

  /**
   * Takes a record into the next commit, which comes at the end of this turn at the latest. The record is read only then;
   * of several with one key, the last counts.
   */
  note(key: string, record: DataRecord): void {
    if (this.isClosed) return;
    this.pending.delete(key);
    this.pending.set(key, record);
    if (this.isScheduled) return;
    this.isScheduled = true;
    queueMicrotask(() => {
      this.isScheduled = false;
      try {
        this.commit();
      } catch (error) {
        // Nobody waits for this commit; the next one tries again, and a request that depends on it is told.
        if (!this.hasWarned) process.emitWarning(reasonOf(error), 'SandboxDataFileWarning');
        this.hasWarned = true;
      }
    });
  }

  /**
   * Writes what was noted, all of it or nothing.
   *
   * @throws SandboxDataFileError when it cannot be written; what was noted waits for the next commit.
   */
  commit(): void {
    if (this.pending.size === 0 || this.isClosed) return;
    const line = Buffer.from(`${JSON.stringify([...this.pending.values()])}\n`);
    try {
      writeWhole(this.descriptor, line, this.size);
    } catch (error) {
      // Half a line would spoil the next one.
      ftruncateSync(this.descriptor, this.size);
      throw new SandboxDataFileError(this.path, `cannot be written: ${reasonOf(error)}`, { cause: error });
    }
    this.size += line.length;
    this.pending.clear();
    if (this.size >= this.compactAt) this.compact();
  }

  /** Writes what is left and lets others use the file. */
  close(): void {
    if (this.isClosed) return;
    try {
      this.commit();
      fsyncSync(this.descriptor);
    } finally {
      this.isClosed = true;
      closeSync(this.descriptor);
      this.lock.release();
    }
  }

  private compact(): void {
    const size = replaceFile(this.path, this.snapshot());
    const old = this.descriptor;
    this.descriptor = openSync(this.path, 'r+');
    closeSync(old);
    this.size = size;
    this.compactAt = Math.max(LEAST_COMPACTION_BYTES, 2 * size);
  }
}

/** Writes the file beside itself and renames it: there is always the old one or the new one. @returns its size */
function replaceFile(path: string, records: Iterable<DataRecord>): number {
  const draft = `${path}.new`;
  const descriptor = openSync(draft, 'w', 0o600);
  let size = 0;
  const write = (text: string): void => {
    const bytes = Buffer.from(text);
    writeWhole(descriptor, bytes, size);
    size += bytes.length;
  };
  try {
    write(HEADER);
    let line: DataRecord[] = [];
    for (const record of records) {
      line.push(record);
      if (line.length < RECORDS_PER_LINE) continue;
      write(`${JSON.stringify(line)}\n`);
      line = [];
    }
    if (line.length > 0) write(`${JSON.stringify(line)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, path);
  return size;
}

/** One call may write less than all. */
function writeWhole(descriptor: number, bytes: Buffer, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(descriptor, bytes, written, bytes.length - written, position + written);
  }
}

/** What the file holds, and where its last whole line ends. */
function read(path: string): { records: DataRecord[]; size: number } {
  const bytes = readFileSync(path);
  if (!bytes.subarray(0, HEADER.length).equals(Buffer.from(HEADER))) {
    const versioned = /^\{"pass2pay-sandbox":\d+\}\n/.test(bytes.subarray(0, 64).toString('latin1'));
    throw new SandboxDataFileError(
      path,
      versioned
        ? 'was written by another version of the sandbox. Use that version, or move the file away to start again.'
        : 'is not a sandbox data file and was not changed. Choose another path.',
    );
  }
  const size = bytes.lastIndexOf(0x0a) + 1;
  const lines = bytes.subarray(HEADER.length, size).toString('utf8').split('\n');
  // After the last line break there is nothing.
  lines.pop();
  return { records: lines.flatMap((line, index) => recordsOf(path, line, index + 2)), size };
}

function recordsOf(path: string, line: string, lineNumber: number): DataRecord[] {
  let records: unknown;
  try {
    records = JSON.parse(line);
  } catch {
    throw damaged(path, lineNumber, 'it is not JSON');
  }
  if (!Array.isArray(records)) throw damaged(path, lineNumber, 'it is not a list of records');
  for (const record of records) {
    const flaw = flawOf(record);
    if (flaw !== undefined) throw damaged(path, lineNumber, flaw);
  }
  return records as DataRecord[];
}

function damaged(path: string, lineNumber: number, flaw: string): SandboxDataFileError {
  return new SandboxDataFileError(
    path,
    `is damaged in line ${lineNumber}: ${flaw}. Replace it with a good copy, delete that line and the following ones to return ` +
      'to the previous state, or move the file away to start again.',
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
