// Creates the images of docs/images that show programs and pages; with arguments, only these: demo, prove, pages. Needs
// Chromium.
//   npm run pictures -- prove
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Pass2PayClient } from 'nestjs-pass2pay/client';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from 'pass2pay-sandbox';
import { chromium } from 'playwright-core';
import { terminalSvg } from './pictures/terminal-svg.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const images = join(root, 'docs', 'images');
const folder = mkdtempSync(join(tmpdir(), 'pass2pay-pictures-'));

/** Maximum size of an image in a README that is opened often. */
const MAX_BYTES = 100_000;

const { mchNo, appId, secret: secrets } = DEFAULT_MERCHANT;

/** Runs a program, and returns its output with times. */
async function recorded(file, args, options = {}) {
  const child = spawn(file, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], ...options });
  const lines = [];
  const start = performance.now();
  createInterface(child.stdout).on('line', (text) => {
    // Removes the path of the folder in which the program was run.
    lines.push({ text: text.replaceAll(/\/\S*\/(?=[\w-]+\.sqlite)/g, ''), at: Math.round(performance.now() - start) });
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} failed with exit code ${code}`);
  return lines;
}

function write(name, content) {
  const path = join(images, name);
  writeFileSync(path, content);
  const { size } = statSync(path);
  console.log(`${name}: ${size} bytes`);
  if (size > MAX_BYTES) throw new Error(`${name} has ${size} bytes; at most ${MAX_BYTES} are allowed`);
}

async function demo() {
  const lines = await recorded(process.execPath, [join(root, 'sample-app', 'dist', 'demo.js')]);
  write('demo.svg', terminalSvg('npm run demo', [{ text: '$ npm run demo', at: 0 }, ...lines]));
}

async function prove() {
  const [port, gatewayPort] = [3000, 9216];
  const program = join(root, 'scripts', 'pictures', 'shop.mjs');
  const gateway = `http://127.0.0.1:${gatewayPort}`;
  const shop = spawn(process.execPath, [program, port, gateway, join(folder, 'shop.sqlite')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(createInterface(shop.stdout), 'line');
    const url = `http://127.0.0.1:${port}`;
    const given = [
      `${url}/pay/notify`,
      '--order',
      `curl -sS -X POST ${url}/orders`,
      '--count-url',
      `${url}/effects/{no}`,
    ];
    const lines = await recorded(process.execPath, [
      join(root, 'sandbox', 'dist', 'command', 'main.js'),
      'prove',
      ...given,
    ]);
    const command = `$ npx pass2pay prove ${url}/pay/notify --order '…' --count-url ${url}/effects/{no}`;
    write(
      'prove.svg',
      terminalSvg(
        'npx pass2pay prove',
        [command, ...lines.map(({ text }) => text)].map((text) => ({ text })),
      ),
    );
  } finally {
    shop.kill('SIGKILL');
  }
}

/** The shop and the cashier's page, as a payer sees them. */
async function shopPages(browser) {
  const sandbox = await Pass2PaySandbox.start({ merchants: [{ ...DEFAULT_MERCHANT, name: 'The Tea House' }] });
  const { createShop, sellThrough, freePort } = await sampleApp();
  const port = await freePort();
  Object.assign(process.env, sellThrough(sandbox, port), {
    SQLITE_FILE: join(folder, 'sold.sqlite'),
    SHOP_ADMIN_PASSWORD: 'only for pictures',
  });
  const shop = await createShop({ logger: ['error'] });
  await shop.listen(port, '127.0.0.1');
  try {
    const page = await browser.newPage({ viewport: { width: 1000, height: 690 } });
    await page.goto(`http://127.0.0.1:${port}/`);
    write('shop.png', await page.screenshot());
    const phone = await browser.newPage({ viewport: { width: 390, height: 700 } });
    const client = new Pass2PayClient({ baseUrl: sandbox.url, merchants: [{ mchNo, appId, secrets }] });
    const order = {
      mchOrderNo: 'T20260401001',
      amount: 8800,
      custNo: 'C1',
      registerTime: new Date(),
      notifyUrl: `http://127.0.0.1:${port}/pay/notify`,
    };
    const { cashierUrl } = await client.cashier.createOrder(order);
    await phone.goto(cashierUrl);
    write('cashier.png', await phone.screenshot());
    await client.close();
  } finally {
    await shop.close();
    await sandbox.stop();
  }
}

async function sampleApp() {
  const load = (name) => import(join(root, 'sample-app', 'dist', name));
  const [{ createShop }, { sellThrough }, { freePort }] = await Promise.all(
    ['shop.js', 'sell-through.js', 'free-port.js'].map(load),
  );
  return { createShop, sellThrough, freePort };
}

/** An order whose merchant acknowledges the third notify. */
async function dashboard(browser) {
  let notifies = 0;
  const receiver = createServer((_request, response) => {
    notifies += 1;
    if (notifies === 3) return response.end('success');
    response.statusCode = 500;
    return response.end('Internal Server Error');
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const sandbox = await Pass2PaySandbox.start({ clock: 'stepped' });
  const client = new Pass2PayClient({ baseUrl: sandbox.url, merchants: [{ mchNo, appId, secrets }] });
  try {
    const notifyUrl = `http://127.0.0.1:${receiver.address().port}/pay/notify`;
    const order = { mchOrderNo: 'T20260401001', amount: 8800, custNo: 'C1', registerTime: new Date(), notifyUrl };
    await client.cashier.createOrder(order);
    await sandbox.pay(order.mchOrderNo);
    for (let minute = 0; minute < 10; minute += 1) await sandbox.advance(60_000);
    await sandbox.notifySettled(order.mchOrderNo);
    const page = await browser.newPage({ viewport: { width: 1000, height: 640 } });
    await page.goto(`${sandbox.url}/orders/${order.mchOrderNo}?mchNo=${mchNo}`);
    await page.getByText('Acknowledged').first().waitFor();
    write('dashboard.png', await page.screenshot());
  } finally {
    await client.close();
    await sandbox.stop();
    receiver.close();
  }
}

const executablePath = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((path) => existsSync(path));
const wanted = new Set(process.argv.slice(2));
const isWanted = (name) => wanted.size === 0 || wanted.has(name);
try {
  if (isWanted('demo')) await demo();
  if (isWanted('prove')) await prove();
  if (isWanted('pages')) {
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    await shopPages(browser);
    await dashboard(browser);
    await browser.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
