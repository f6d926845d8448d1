import { readFileSync } from 'node:fs';

/** The relevant part of an application's package.json. */
export interface Manifest {
  type?: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  [member: string]: unknown;
}

/** Packages that the module needs, in versions that match Nest's. */
const PEERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  11: { '@nestjs/axios': '^4.0.0', '@nestjs/config': '^4.0.0' },
  12: { '@nestjs/axios': '^12.0.0', '@nestjs/config': '^12.0.0' },
};
const ANY_NEST = { axios: '^1.7.0', 'class-transformer': '^0.5.1', 'class-validator': '^0.15.0' };

/** The missing packages, with versions. */
export interface Missing {
  dependencies: Readonly<Record<string, string>>;
  devDependencies: Readonly<Record<string, string>>;
}

/** All packages in the application's package.json. */
export function packagesOf({ dependencies, devDependencies }: Manifest): ReadonlySet<string> {
  return new Set(Object.keys({ ...dependencies, ...devDependencies }));
}

/** @throws Error when the application's Nest version is not supported. */
export function nestOf({ dependencies = {} }: Manifest): number {
  const nest = dependencies['@nestjs/common'] ?? dependencies['@nestjs/core'] ?? '';
  const major = Number(/\d+/.exec(nest)?.[0]);
  if (major in PEERS) return major;
  throw new Error(
    `nestjs-pass2pay requires Nest 11 or 12, but package.json has @nestjs/common ${nest || 'without a version'}; update Nest first.`,
  );
}

/**
 * The application's missing packages: what the module needs, the sandbox for its tests, and those of its database.
 *
 * @param others additional packages, and packages for development only
 */
export function missingPackages(
  manifest: Manifest,
  [others, developmentOnly]: readonly [Record<string, string>, Record<string, string>] = [{}, {}],
): Missing {
  const present = packagesOf(manifest);
  const lacking = (wanted: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(wanted).filter(([name]) => !present.has(name)));
  return {
    dependencies: lacking({ ...PEERS[nestOf(manifest)], ...ANY_NEST, ...others }),
    devDependencies: lacking({ 'pass2pay-sandbox': `^${ownVersion()}`, ...developmentOnly }),
  };
}

/** Both packages are released together with the same version. */
function ownVersion(): string {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** The manifest with the missing packages, sorted by name as by npm. */
export function withDependencies(manifest: Manifest, missing: Missing): Manifest {
  const complete = { ...manifest };
  for (const group of ['dependencies', 'devDependencies'] as const) {
    if (Object.keys(missing[group]).length === 0) continue;
    const all = Object.entries({ ...manifest[group], ...missing[group] });
    complete[group] = Object.fromEntries(all.toSorted(([left], [right]) => (left < right ? -1 : 1)));
  }
  return complete;
}
