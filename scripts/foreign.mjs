// Runs the platform's own Java SDK against the sandbox in the dialect `platform`. Maven downloads it; it is not part of
// the packages.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Pass2PaySandbox } from 'pass2pay-sandbox';
import { endOnSignal, run } from './commands.mjs';

const POM = fileURLToPath(new URL('../test/foreign/pom.xml', import.meta.url));

/** The required tools, and their Debian packages. */
const TOOLS = { javac: 'default-jdk-headless', mvn: 'maven' };

function checkTools() {
  const missing = Object.keys(TOOLS).filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  if (missing.length === 0) return;
  const packages = missing.map((tool) => TOOLS[tool]).join(' ');
  throw new Error(
    `${missing.join(' and ')} not found: install a JDK (17 or later) and Maven, on Debian \`apt-get install ${packages}\``,
  );
}

async function runClient({ url, merchants: [{ mchNo, appId, secret }] }) {
  const env = {
    ...process.env,
    PASS2PAY_BASE_URL: url,
    PASS2PAY_MCH_NO: mchNo,
    PASS2PAY_APP_ID: appId,
    PASS2PAY_SECRET: secret,
  };
  await run('mvn', ['-q', '-B', '-f', POM, 'compiler:compile', 'exec:java'], { env, isShown: true });
}

endOnSignal();
try {
  checkTools();
  const sandbox = await Pass2PaySandbox.start({ dialect: 'platform' });
  try {
    await runClient(sandbox);
  } finally {
    await sandbox.stop();
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
