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
/** Below this size, the file is not rewritten, however much of it is obsolete. */
const LEAST_COMPACTION_BYTES = 4 * 1024 * 1024;
const RECORDS_PER_LINE = 500;

/**
 * A file with the sandbox's state. Its first line identifies the format; each further line is one commit, a JSON array
 * of records. Commits are appended, so they survive the end of the process. An incomplete last line is dropped, which
 * leaves the state before that commit. When most of the file is obsolete, it is rewritten to another file, which is
 * then renamed.
 */
export class DataFile {
  /** The absolute path. */
  readonly path: string;
  private readonly lock: FileLock;
  private readonly pending = new Map<string, DataRecord>();
  private snapshot: () => Iterable<DataRecord> = () => [];
  private descriptor: number;
  /** The end of the last complete commit. */
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
   * Opens the file, or creates it.
   *
   * @returns the file and its records, oldest first
   * @throws SandboxDataFileError if it is in use, damaged, not a data file, or cannot be read or written.
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

  /** From now on, the file can be rewritten from the records that `snapshot` returns. */
  keep(snapshot: () => Iterable<DataRecord>): void {
    this.snapshot = snapshot;
  }

  /**
   * Adds a record to the next commit, which is written in the next microtask at the latest. The record is serialised
   * only then; a later record with the same key replaces an earlier one.
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
        // Nothing waits for this commit. The next one tries again, and its error reaches the request that depends on
        // it.
        if (!this.hasWarned) process.emitWarning(reasonOf(error), 'SandboxDataFileWarning');
        this.hasWarned = true;
      }
    });
  }

  /**
   * Writes all pending records, or none.
   *
   * @throws SandboxDataFileError if they cannot be written; they stay pending for the next commit.
   */
  commit(): void {
    if (this.pending.size === 0 || this.isClosed) return;
    const line = Buffer.from(`${JSON.stringify([...this.pending.values()])}\n`);
    try {
      writeWhole(this.descriptor, line, this.size);
    } catch (error) {
      // An incomplete line would corrupt the next one.
      ftruncateSync(this.descriptor, this.size);
      throw new SandboxDataFileError(this.path, `cannot be written: ${reasonOf(error)}`, { cause: error });
    }
    this.size += line.length;
    this.pending.clear();
    if (this.size >= this.compactAt) this.compact();
  }

  /** Writes all pending records and releases the lock. */
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

/** Writes a new file and renames it, so that there is always either the old or the new one. @returns its size */
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

/** A single call may write only a part. */
function writeWhole(descriptor: number, bytes: Buffer, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(descriptor, bytes, written, bytes.length - written, position + written);
  }
}

/** The records of the file, and the end of its last complete line. */
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
  // The last line break is followed by an empty string.
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
