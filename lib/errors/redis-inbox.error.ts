import { messageOf } from './message-of.js';

/** The inbox's commands. */
export type InboxCommand = 'recall' | 'claim' | 'renew' | 'complete' | 'release';

/** How the scripts begin the error about a key that holds what they have not written. */
export const UNKNOWN_VALUE = 'PASS2PAY_UNKNOWN_VALUE';

/**
 * The inbox could not use Redis; `cause` is the client's error, where there is one. Whether Redis acted on the
 * command may be unknown. Where it is thrown out of a delivery, the event is not acknowledged and comes again.
 */
export class RedisInboxError extends Error {
  override readonly name = 'RedisInboxError';
}

/** What to do about Redis's own refusals, by the word in their message. */
const REMEDIES: Readonly<Record<string, string>> = {
  READONLY: 'It is a read-only replica: connect to the primary, through Sentinel or Cluster where it may change.',
  OOM: 'Its memory is full: raise maxmemory. Do not let it evict keys, or handled outcomes are forgotten.',
  MISCONF: 'It cannot save to its disk: see its log.',
  LOADING: 'It is still loading its data: wait until it has started.',
  BUSY: 'Another script keeps it busy: see its log, and SCRIPT KILL.',
  NOAUTH: 'It asks for a password: give one to the client.',
  NOPERM: 'The user may not run this: allow EVAL, EVALSHA, TIME, HMGET, HLEN, HSET, HDEL, PEXPIRE and DEL on the keys.',
  CLUSTERDOWN: 'The cluster is down: see CLUSTER INFO.',
};

/** For an error that Redis answered a script with. */
export function refused(name: InboxCommand, key: string, cause: unknown): RedisInboxError {
  const reason = messageOf(cause);
  if (/\bWRONGTYPE\b/.test(reason) || reason.includes(UNKNOWN_VALUE)) {
    return new RedisInboxError(
      `Redis holds something under ${key} that the outcome store did not write. Delete it, or give RedisInbox a prefix that nothing else uses.`,
      { cause },
    );
  }
  const word = Object.keys(REMEDIES).find((known) => new RegExp(`\\b${known}\\b`).test(reason));
  const remedy = word === undefined ? 'See the log of Redis.' : REMEDIES[word]!;
  return new RedisInboxError(`Redis refused to ${name} an outcome (${reason}). ${remedy}`, { cause });
}

/** For a client that could not ask Redis. */
export function unreachable(name: InboxCommand, cause: unknown): RedisInboxError {
  return new RedisInboxError(
    `Redis cannot be reached to ${name} an outcome (${messageOf(cause)}). See that it runs, and that the client's address, TLS and password are right.`,
    { cause },
  );
}

/** For a script that did not end in time. */
export function timedOut(name: InboxCommand, timeoutMs: number): RedisInboxError {
  return new RedisInboxError(
    `Redis did not ${name} an outcome within ${timeoutMs} ms. See that it runs, is reachable and is not overloaded; commandTimeoutMs says how long to wait.`,
  );
}
