import { join } from 'node:path';
import { run } from '../commands.mjs';

/**
 * Creates an application with the Nest CLI, adds the package from the registry with `nest add`, builds it, and runs its
 * linter and its tests, including the generated one.
 *
 * @param {{ name: string, version: string }} manifest
 */
export async function addToNewApplication(folder, { name, version }, registry) {
  const env = {
    ...process.env,
    npm_config_registry: registry,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    CI: 'true',
  };
  const npx = (args, cwd) => run('npx', args, { cwd, env });
  // Version 11 runs on every Node.js version that the package supports.
  await npx(['-y', '@nestjs/cli@11', 'new', 'shop', '--skip-git', '--package-manager', 'npm'], folder);
  const shop = join(folder, 'shop');
  await npx(['nest', 'add', `${name}@${version}`, '--database=sqlite'], shop);
  await run('npm', ['run', 'build'], { cwd: shop, env });
  await run('npm', ['run', 'lint'], { cwd: shop, env });
  const { stdout, stderr } = await run('npm', ['test'], { cwd: shop, env: { ...env, NO_COLOR: '1' } });
  if (!/pay\.module\.spec/.test(stdout + stderr))
    throw new Error(`The generated test did not run:\n${stdout}${stderr}`);
}
