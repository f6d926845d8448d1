import { createHash, createHmac } from 'node:crypto';
import type { SignableValue } from '../signature/canonicalize.js';
import { javaFold } from './java-order.js';
import { digestCanonical } from '../signature/sign.js';

/** A parameter and the signed text of its value. */
export interface Entry {
  readonly name: string;
  /** As it was given. */
  readonly value: SignableValue;
  readonly text: string;
  /** False if the rules leave it out because it is empty. */
  readonly signed: boolean;
}

/** A secret to sign with, and the live secret that it is derived from. */
export interface SecretCandidate {
  readonly text: string;
  readonly index?: number;
}

/** A way to sign a message. A mistake is a change of one of these steps. */
export interface Signing {
  readonly entries: readonly Entry[];
  readonly write: (entry: Entry) => string;
  readonly order: (lines: readonly Line[]) => readonly Line[];
  readonly secrets: readonly SecretCandidate[];
  readonly digest: Digest;
}

/** A signed entry in its written form. */
export interface Line {
  readonly name: string;
  readonly text: string;
}

export type Digest = (canonical: string, secret: string) => Buffer;

/** The steps of protocol §1. */
export function rightSigning(entries: readonly Entry[], secrets: readonly SecretCandidate[]): Signing {
  const folded = remembered(javaFold);
  return {
    entries,
    write: ({ name, text }) => `${name}=${text}&`,
    order: sortedBy((line) => folded(line.text)),
    secrets,
    digest: (canonical, secret) => Buffer.from(digestCanonical(canonical, secret), 'hex'),
  };
}

export function canonicalOf({ entries, write, order }: Signing): string {
  const lines = entries.filter((entry) => entry.signed).map((entry) => ({ name: entry.name, text: write(entry) }));
  return order(lines)
    .map((line) => line.text)
    .join('');
}

/** Sorts by a key, UTF-16 unit by unit. */
export function sortedBy(key: (line: Line) => string): Signing['order'] {
  return (lines) =>
    lines
      .map((line) => ({ line, key: key(line) }))
      .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
      .map(({ line }) => line);
}

/** The function with memoised results. */
export function remembered<T>(work: (text: string) => T): (text: string) => T {
  const results = new Map<string, T>();
  return (text) => {
    const known = results.get(text);
    if (known !== undefined) return known;
    const result = work(text);
    results.set(text, result);
    return result;
  };
}

export function hash(algorithm: 'md5' | 'sha256', text: string | Buffer): Buffer {
  return createHash(algorithm).update(text).digest();
}

export function hmac(algorithm: 'md5' | 'sha256', text: string, secret: string): Buffer {
  return createHmac(algorithm, secret).update(text, 'utf8').digest();
}
