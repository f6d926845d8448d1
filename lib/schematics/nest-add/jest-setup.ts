import type { Manifest } from './packages.js';

const FLAG = '--experimental-vm-modules';

/** The packages that Jest must convert for CommonJS tests: this package and the sandbox are ES modules. */
const OWN = '(nestjs-pass2pay|pass2pay-sandbox)';
const TRANSFORM = `/node_modules/${OWN}/.+\\.js$`;
/** At any place of any package manager. */
const IGNORED = `/node_modules/(?!(.*/node_modules/)?${OWN}/)`;
const TS_JEST = ['ts-jest', { tsconfig: { allowJs: true, esModuleInterop: true, isolatedModules: true } }];

/** The relevant part of a Jest configuration. */
export interface JestConfig {
  transform?: Record<string, unknown>;
  transformIgnorePatterns?: string[];
  [member: string]: unknown;
}

/**
 * Whether the application's tests can import this package: `yes`; `configurable`, once Jest has `withOwnPackages`; or why not.
 *
 * @param node the version of Node that tests run on, such as `20.19.0`
 */
export function testsOn(node: string, manifest: Manifest, nest: number): string {
  if (!hasCommonJsJest(manifest)) return 'yes';
  const hasFlag = Object.values(manifest.scripts ?? {}).some((script) => script.includes(FLAG));
  if (hasFlag || nest >= 12) {
    const [major = 0, minor = 0] = node.split('.').map(Number);
    if (major > 24 || (major === 24 && minor >= 9)) return 'yes';
    return `in CommonJS tests, Jest can load ES modules ${nest >= 12 ? 'such as Nest 12 and' : 'such as'} nestjs-pass2pay only on Node 24.9 and later; this is Node ${node}`;
  }
  const config = manifest.jest as JestConfig | undefined;
  if (config !== undefined && (isConfigured(config) || usesTsJest(config))) return 'configurable';
  return `Jest's configuration is not in package.json, or does not use ts-jest; see docs/compatibility.md of nestjs-pass2pay for loading ES modules`;
}

/** Whether the application's tests are CommonJS, and Jest runs them. */
export function hasCommonJsJest({ type, scripts = {} }: Manifest): boolean {
  return type !== 'module' && Object.values(scripts).some((script) => /\bjest\b/.test(script));
}

/** Adds the conversion of the package and the sandbox to CommonJS; unchanged if present, or without ts-jest. */
export function withOwnPackages(config: JestConfig): JestConfig {
  if (isConfigured(config) || !usesTsJest(config)) return config;
  const others = (config.transformIgnorePatterns ?? []).filter((pattern) => pattern !== '/node_modules/');
  return {
    ...config,
    // The first matching pattern decides.
    transform: { [TRANSFORM]: TS_JEST, ...config.transform },
    transformIgnorePatterns: [IGNORED, ...others],
  };
}

function isConfigured({ transformIgnorePatterns = [] }: JestConfig): boolean {
  return transformIgnorePatterns.some((pattern) => pattern.includes('nestjs-pass2pay'));
}

function usesTsJest({ transform = {} }: JestConfig): boolean {
  return Object.values(transform).some((name) => name === 'ts-jest' || (Array.isArray(name) && name[0] === 'ts-jest'));
}
