/** An application's package.json, as far as it matters here. */
export interface Manifest {
  type?: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  [member: string]: unknown;
}

/** What the module needs beside it, in the versions that fit Nest's. */
const PEERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  11: { '@nestjs/axios': '^4.0.0', '@nestjs/config': '^4.0.0' },
  12: { '@nestjs/axios': '^12.0.0', '@nestjs/config': '^12.0.0' },
};
const ANY_NEST = { axios: '^1.7.0', 'class-transformer': '^0.5.1', 'class-validator': '^0.15.0' };

/**
 * The packages that the application lacks, with their versions.
 *
 * @throws Error where the application's Nest is not one that the module is for.
 */
export function missingPackages({ dependencies = {}, devDependencies = {} }: Manifest): Record<string, string> {
  const nest = dependencies['@nestjs/common'] ?? dependencies['@nestjs/core'] ?? '';
  const peers = PEERS[Number(/\d+/.exec(nest)?.[0])];
  if (peers === undefined) {
    throw new Error(
      `nestjs-pass2pay is for Nest 11 and 12, and package.json asks for @nestjs/common ${nest || 'of no version'}; bring Nest up to date first.`,
    );
  }
  const wanted = Object.entries({ ...peers, ...ANY_NEST });
  return Object.fromEntries(wanted.filter(([name]) => !(name in dependencies) && !(name in devDependencies)));
}

/** The manifest with more dependencies, in the order of their names as npm writes them. */
export function withDependencies(manifest: Manifest, more: Readonly<Record<string, string>>): Manifest {
  const all = Object.entries({ ...manifest.dependencies, ...more });
  const dependencies = Object.fromEntries(all.toSorted(([left], [right]) => (left < right ? -1 : 1)));
  return { ...manifest, dependencies };
}
