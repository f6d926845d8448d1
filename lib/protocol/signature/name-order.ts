import { LRUCache } from 'lru-cache';
import { javaFold } from '../diagnosis/java-order.js';

/** A name, and the text between the previous value and its own value. */
export interface OrderedName {
  name: string;
  joint: string;
}

/**
 * Recently used lists of names, sorted. A merchant's messages have a few dozen such lists; forged notifies can contain
 * any, so the cache is bounded. Looking up 15 names takes 0.4 µs, sorting them 1.8 µs.
 */
const orders = new LRUCache<string, readonly OrderedName[]>({ max: 256 });

/** The last list of each length: comparing 15 names with it takes 0.02 µs. */
const latest: { names: readonly string[]; order: readonly OrderedName[] }[] = [];

/** Maximum length of a cached list, in characters; the gateway's lists have about 250. */
const MAX_REMEMBERED = 1_000;

/**
 * The names in the order in which Java sorts the entries `name=value&` for any values: the names, or the `=` after the
 * shorter one, decide it. Undefined if they do not: when a name contains `=`, or when two names differ only in case.
 */
export function orderOf(names: readonly string[]): readonly OrderedName[] | undefined {
  const last = latest[names.length];
  if (last !== undefined && names.every((name, index) => name === last.names[index])) return last.order;
  const key = names.join('\n');
  const known = orders.get(key);
  // A line feed within a name would give fewer names with the same joined text.
  const isKnown = known?.length === names.length;
  const order = isKnown ? known : sortedNames(names);
  const isWhole = isKnown || !names.some((name) => name.includes('\n'));
  if (order === undefined || !isWhole || key.length > MAX_REMEMBERED) return order;
  if (!isKnown) orders.set(key, order);
  latest[names.length] = { names, order };
  return order;
}

function sortedNames(names: readonly string[]): readonly OrderedName[] | undefined {
  const entries = names.map((name) => ({ name, folded: javaFold(`${name}=`) }));
  const isDecided = new Set(entries.map(({ folded }) => folded)).size === names.length;
  if (!isDecided || names.some((name) => name.includes('='))) return undefined;
  return entries.toSorted(byFolded).map(({ name }) => ({ name, joint: `&${name}=` }));
}

/** Compares texts in Java's order by their folded forms. */
export function byFolded(a: { folded: string }, b: { folded: string }): number {
  return a.folded < b.folded ? -1 : a.folded > b.folded ? 1 : 0;
}
