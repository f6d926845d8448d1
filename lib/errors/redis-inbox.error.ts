import { messageOf } from './message-of.js';

/** The commands of the inbox. */
export type InboxCommand = 'recall' | 'claim' | 'renew' | 'complete' | 'release';

/** Prefix of the scripts' error for a key with foreign data. */
export const UNKNOWN_VALUE = 'PASS2PAY_UNKNOWN_VALUE';

/**
 * The inbox could not use Redis; `cause` is the client's error, if any. Redis may or may not have run the command. If
 * it is thrown during a delivery, the event is not acknowledged and will be redelivered.
 */
export class RedisInboxError extends Error {
  override readonly name = 'RedisInboxError';
}

/** Remedies for errors of Redis, keyed by the word in their message. */
const REMEDIES: Readonly<Record<string, string>> = {
  READONLY: 'It is a read-only replica: connect to the primary, through Sentinel or Cluster if the primary may change.',
  OOM: 'Its memory is full: raise maxmemory. Do not allow it to evict keys, or applied outcomes are forgotten.',
  MISCONF: 'It cannot write to its disk: see its log.',
  LOADING: 'It is still loading its data: retry when it has started.',
  BUSY: 'Another script is blocking it: see its log, and SCRIPT KILL.',
  NOAUTH: 'It requires a password: configure one in the client.',
  NOPERM:
    'The user lacks permissions: allow EVAL, EVALSHA, TIME, HMGET, HLEN, HSET, HDEL, PEXPIRE and DEL on the keys.',
  CLUSTERDOWN: 'The cluster is down: see CLUSTER INFO.',
};

/** For an error with which Redis responded to a script. */
export function refused(name: InboxCommand, key: string, cause: unknown): RedisInboxError {
  const reason = messageOf(cause);
  if (/\bWRONGTYPE\b/.test(reason) || reason.includes(UNKNOWN_VALUE)) {
    return new RedisInboxError(
      `The Redis key ${key} holds data that RedisInbox did not write. Delete it, or give RedisInbox a prefix that nothing else uses.`,
      { cause },
    );
  }
  const word = Object.keys(REMEDIES).find((known) => new RegExp(`\\b${known}\\b`).test(reason));
  const remedy = word === undefined ? 'See the Redis log.' : REMEDIES[word]!;
  return new RedisInboxError(`Redis refused to ${name} an outcome (${reason}). ${remedy}`, { cause });
}

/** For a client that could not reach Redis. */
export function unreachable(name: InboxCommand, cause: unknown): RedisInboxError {
  return new RedisInboxError(
    `Redis cannot be reached to ${name} an outcome (${messageOf(cause)}). Check that Redis is running, and the client's address, TLS and password.`,
    { cause },
  );
}

/** For a script that timed out. */
export function timedOut(name: InboxCommand, timeoutMs: number): RedisInboxError {
  return new RedisInboxError(
    `Redis did not ${name} an outcome within ${timeoutMs} ms. Check that Redis is running, reachable and not overloaded; commandTimeoutMs sets the timeout.`,
  );
}
