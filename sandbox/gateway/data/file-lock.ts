import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { SandboxDataFileError } from './data-file.error.js';

interface Holder {
  readonly host: string;
  readonly pid: number;
  readonly token: string;
}

/**
 * The tokens of the locks that this process holds: a lock with its pid but another token is stale, from an earlier
 * process with the same pid.
 */
const heldHere = new Set<string>();

/**
 * Ensures that only one sandbox at a time uses a data file, with a lock file, `<data file>.lock`. A lock whose process
 * has ended, for example by `kill -9`, is taken over.
 */
export class FileLock {
  private readonly path: string;
  private readonly token: string;

  private constructor(path: string, token: string) {
    this.path = path;
    this.token = token;
  }

  /** @throws SandboxDataFileError if another sandbox holds it, or the folder is not writable. */
  static take(dataFile: string): FileLock {
    const path = `${dataFile}.lock`;
    const token = randomUUID();
    // Written to another file and then linked, so that no process reads an incomplete lock.
    const draft = `${path}.${token}`;
    try {
      const holder: Holder = { host: hostname(), pid: process.pid, token };
      writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 });
      if (!linked(draft, path)) {
        removeStale(dataFile, path, token);
        if (!linked(draft, path)) throw inUse(dataFile, 'another sandbox has just locked it');
      }
    } catch (error) {
      if (error instanceof SandboxDataFileError) throw error;
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        const message = `cannot be created because the folder ${dirname(dataFile)} does not exist; create it.`;
        throw new SandboxDataFileError(dataFile, message, { cause: error });
      }
      throw new SandboxDataFileError(dataFile, `cannot be locked: ${reasonOf(error)}`, { cause: error });
    } finally {
      removeIfThere(draft);
    }
    heldHere.add(token);
    return new FileLock(path, token);
  }

  release(): void {
    heldHere.delete(this.token);
    if (holderOf(this.path)?.token === this.token) removeIfThere(this.path);
  }
}

function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** @throws SandboxDataFileError unless the holder is known to have ended. */
function removeStale(dataFile: string, path: string, token: string): void {
  const holder = holderOf(path);
  if (holder && isAlive(holder)) throw inUse(dataFile, `process ${holder.pid} on ${holder.host} uses it`, path);
  // Renamed first: of several processes that find it stale, only one succeeds. The renamed file may be a new lock by
  // then.
  const aside = `${path}.stale.${token}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (holderOf(aside)?.token !== holder?.token) {
    linked(aside, path);
    removeIfThere(aside);
    throw inUse(dataFile, 'another sandbox has just locked it');
  }
  removeIfThere(aside);
}

function holderOf(path: string): Holder | undefined {
  try {
    const { host, pid, token } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof host === 'string' && typeof pid === 'number' && typeof token === 'string'
      ? { host, pid, token }
      : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ host, pid, token }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return heldHere.has(token);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function inUse(dataFile: string, by: string, lock = `${dataFile}.lock`): SandboxDataFileError {
  const remedy = `Stop that sandbox, or use another file; if the process no longer exists, delete ${lock}`;
  return new SandboxDataFileError(dataFile, `is in use: ${by}. ${remedy}.`);
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
