import type { Manifest } from './packages.js';

const FLAG = '--experimental-vm-modules';

/** What Jest is to make CommonJS for tests that are: this package and the sandbox are ES modules. */
const OWN = '(nestjs-pass2pay|pass2pay-sandbox)';
const TRANSFORM = `/node_modules/${OWN}/.+\\.js$`;
/** Wherever a package manager puts them. */
const IGNORED = `/node_modules/(?!(.*/node_modules/)?${OWN}/)`;
const TS_JEST = ['ts-jest', { tsconfig: { allowJs: true, esModuleInterop: true, isolatedModules: true } }];

/** A configuration of Jest, as far as it matters here. */
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
    return `Jest loads ES modules, ${nest >= 12 ? 'such as those of Nest 12 and of' : 'such as'} nestjs-pass2pay, into CommonJS tests on Node 24.9 and later, and this is Node ${node}`;
  }
  const config = manifest.jest as JestConfig | undefined;
  if (config !== undefined && (isConfigured(config) || usesTsJest(config))) return 'configurable';
  return `Jest's configuration is not in package.json, or does not use ts-jest; docs/compatibility.md of nestjs-pass2pay says what it needs to load ES modules`;
}

/** Whether the application's tests are CommonJS, and Jest runs them. */
export function hasCommonJsJest({ type, scripts = {} }: Manifest): boolean {
  return type !== 'module' && Object.values(scripts).some((script) => /\bjest\b/.test(script));
}

/** The configuration with what makes the package and the sandbox CommonJS; the same where it has that, or has no ts-jest. */
export function withOwnPackages(config: JestConfig): JestConfig {
  if (isConfigured(config) || !usesTsJest(config)) return config;
  const others = (config.transformIgnorePatterns ?? []).filter((pattern) => pattern !== '/node_modules/');
  return {
    ...config,
    // The first pattern that fits a file decides.
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
