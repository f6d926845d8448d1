import { LRUCache } from 'lru-cache';
import { javaFold } from '../diagnosis/java-order.js';

/** A name, and what stands between the entry before it and its value. */
export interface OrderedName {
  name: string;
  joint: string;
}

/**
 * The orders of lists of names that were met lately. A merchant's messages have a few dozen between them; a forged notify
 * can bring any, so they are bounded. Looking up 15 names takes 0.4 µs, sorting them 1.8.
 */
const orders = new LRUCache<string, readonly OrderedName[]>({ max: 256 });

/** The longest list that is remembered, in characters: the gateway's own have some 250. */
const MAX_REMEMBERED = 1_000;

/**
 * The names in the order in which Java sorts the entries `name=value&`, whatever the values are: it is decided within
 * the names or by the `=` behind the shorter one. Undefined where it is not: when a name holds a `=` itself, or two
 * differ by case alone.
 */
export function orderOf(names: readonly string[]): readonly OrderedName[] | undefined {
  const key = names.join('\n');
  const known = orders.get(key);
  // A line feed within a name makes fewer names of the same text.
  if (known?.length === names.length) return known;
  const order = sortedNames(names);
  const isWhole = !names.some((name) => name.includes('\n'));
  if (order !== undefined && isWhole && key.length <= MAX_REMEMBERED) orders.set(key, order);
  return order;
}

function sortedNames(names: readonly string[]): readonly OrderedName[] | undefined {
  const entries = names.map((name) => ({ name, folded: javaFold(`${name}=`) }));
  const isDecided = new Set(entries.map(({ folded }) => folded)).size === names.length;
  if (!isDecided || names.some((name) => name.includes('='))) return undefined;
  return entries.toSorted(byFolded).map(({ name }) => ({ name, joint: `&${name}=` }));
}

/** Java's order of texts by their folded forms. */
export function byFolded(a: { folded: string }, b: { folded: string }): number {
  return a.folded < b.folded ? -1 : a.folded > b.folded ? 1 : 0;
}
