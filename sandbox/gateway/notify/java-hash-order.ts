/**
 * The names in the iteration order of a java.util.HashMap. The gateway writes its notifies, and signs objects, in this
 * order, which is neither that of the JSON nor alphabetical.
 *
 * Source: protocol §1 and the recorded notifies of §4.
 */
export function javaHashOrder(names: readonly string[]): string[] {
  let capacity = 16;
  while (capacity * 0.75 < names.length) capacity *= 2;
  // Names in the same bucket keep their insertion order, as in Java (except for buckets that it converts to trees).
  return names
    .map((name) => ({ name, bucket: spread(name) & (capacity - 1) }))
    .toSorted((a, b) => a.bucket - b.bucket)
    .map(({ name }) => name);
}

function spread(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(31, hash) + name.charCodeAt(i)) | 0;
  return hash ^ (hash >>> 16);
}
