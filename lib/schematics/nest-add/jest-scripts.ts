import type { Manifest } from './packages.js';

const FLAG = '--experimental-vm-modules';

/**
 * The manifest with scripts whose Jest loads ES modules, which this package is, into the tests of a CommonJS application.
 * `nest new` of Nest 12 writes them so; that of Nest 11 has Jest alone.
 */
export function withModulesInJest(manifest: Manifest): Manifest {
  if (manifest.type === 'module' || manifest.scripts === undefined) return manifest;
  const scripts = Object.entries(manifest.scripts).map(([name, script]) => [name, withFlag(script)]);
  return { ...manifest, scripts: Object.fromEntries(scripts) as Record<string, string> };
}

/** Whether the application's tests are CommonJS, and Jest runs them. */
export function hasCommonJsJest({ type, scripts = {} }: Manifest): boolean {
  return type !== 'module' && Object.values(scripts).some((script) => /\bjest\b/.test(script));
}

function withFlag(script: string): string {
  if (script.includes(FLAG)) return script;
  if (/^jest( |$)/.test(script)) return script.replace('jest', `node ${FLAG} ./node_modules/jest/bin/jest.js`);
  return /^node .*\bjest\b/.test(script) ? script.replace('node', `node ${FLAG}`) : script;
}
