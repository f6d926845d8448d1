import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Type } from '@nestjs/common';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_MERCHANT, type Pass2PaySandbox } from '../../sandbox/index.js';
import { MerchantClient } from '../sandbox/support/merchant-client.js';
import { reportFolder } from '../command/support/comparison.js';
import { GatewayProxy } from '../command/support/gateway-proxy.js';
import { NotifyReceiver, saying } from '../sandbox/support/notify-receiver.js';
import { RunDocument } from './support/document.js';
import { bash, start, type Process } from './support/processes.js';
import { startShop } from './support/shop.js';

const page = new RunDocument('docs/command.md');
const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const folder = reportFolder();

let port: number;
let sandbox: Process;
let sandboxBlock: Console;

interface Console {
  command: string;
  output: string;
}

/** The block of a command, with the ports that it has here. */
function consoleOf(command: string, ports: Record<string, string | number> = {}): Console {
  const block = Object.entries(ports).reduce(
    (text, [documented, real]) => text.replaceAll(`:${documented}`, `:${real}`),
    page.take(`npx pass2pay ${command}`),
  );
  const [, typed, output] = /^\$ (.*)\n([^]*)$/.exec(block)!;
  return { command: typed!, output: output! };
}

/** What a command prints on stdout, whatever its exit code. */
async function print(command: string, variables: Record<string, string> = {}): Promise<string> {
  const env = {
    PASS2PAY_BASE_URL: `http://127.0.0.1:${port}`,
    PASS2PAY_MCH_NO: mchNo,
    PASS2PAY_APP_ID: appId,
    PASS2PAY_SECRET: secret,
    ...variables,
  };
  const { child, output } = start('bash', bash(command), { env });
  await once(child, 'close');
  return output.stdout;
}

/** Without what is another each time: numbers and signatures that are made, times, and how long something took. */
function withoutChance(output: string): string {
  return output
    .replaceAll(/\b[0-9a-f]{64}\b|\b[0-9A-F]{32}\b/g, '<hash>')
    .replaceAll(/\b(P|SBX)\d{10,}\b/g, '$1<number>')
    .replaceAll(/\b\d{13}\b/g, '<time>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<date>')
    .replaceAll(/\b\d+ ms\b/g, '<n> ms');
}

beforeAll(async () => {
  sandboxBlock = consoleOf('sandbox');
  sandbox = start('bash', bash(`${sandboxBlock.command} --port 0`));
  const [, found] = await sandbox.written('stdout', /^gateway .*:(\d+)\n[^]*Ctrl-C/);
  port = Number(found);
});

describe('the command prints what docs/command.md says', () => {
  it('sandbox', () => {
    expect(sandbox.output.stdout).toBe(sandboxBlock.output.replaceAll(':9216', `:${port}`));
  });

  it.each(['sign', 'verify'])('%s', async (name) => {
    const { command, output } = consoleOf(name);
    expect(await print(command)).toBe(output);
  });

  it('notify', async () => {
    const receiver = await NotifyReceiver.start(saying('success\n'));
    const { command, output } = consoleOf('notify', { 3000: new URL(receiver.url).port });
    expect(withoutChance(await print(command))).toBe(withoutChance(output));
    await receiver.stop();
  });

  it('query', async () => {
    const url = `http://127.0.0.1:${port}`;
    await new MerchantClient({ url } as Pass2PaySandbox, DEFAULT_MERCHANT).cashierOrder({ mchOrderNo: 'A1' });
    await fetch(`${url}/sandbox/orders/A1/pay`, { method: 'POST' });
    const { command, output } = consoleOf('query', { 9216: port });
    expect(withoutChance(await print(command))).toBe(withoutChance(output));
  });

  it('doctor', async () => {
    const { PayNotifyController } = await new RunDocument('docs/notifies.md').load<{ PayNotifyController: Type }>(
      'class PayNotifyController',
    );
    const { url, gateway } = await startShop({ controllers: [PayNotifyController] });
    const { command, output } = consoleOf('doctor', { 9216: new URL(gateway.url).port, 3000: new URL(url).port });
    // Time stands still for the doctor and the gateway: it complains of clocks that differ and of slow connections.
    const now = Date.UTC(2024, 5, 1, 12);
    const stopTime = `--import=data:text/javascript,Date.now=()=>${now};performance.now=()=>0`;
    const dateResponse = (message: unknown): void => {
      (message as { response: ServerResponse }).response.setHeader('Date', new Date(now).toUTCString());
    };
    diagnostics.subscribe('http.server.request.start', dateResponse);
    try {
      const printed = await print(command, { PASS2PAY_BASE_URL: gateway.url, NODE_OPTIONS: stopTime });
      expect(withoutChance(printed)).toBe(withoutChance(output));
    } finally {
      diagnostics.unsubscribe('http.server.request.start', dateResponse);
    }
  });
});

it('compare prints what docs/command.md says, of a gateway with one answer of its own', async () => {
  const proxy = await GatewayProxy.start(`http://127.0.0.1:${port}`, async ({ target }, forward) =>
    target === '/api/pay/compare' ? { ...(await forward()), status: 400 } : undefined,
  );
  const { command, output } = consoleOf('compare');
  const report = `${folder}/pass2pay-compare.json`;
  const printed = await print(`${command} --report ${report}`, { PASS2PAY_BASE_URL: proxy.url });
  await proxy.stop();
  expect(printed.replace(report, 'pass2pay-compare.json')).toBe(output);
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
