import { once } from 'node:events';
import { OnPayment } from 'nestjs-pass2pay';
import { expect, it } from '@jest/globals';
import { blocksOf, commandsOf, RunDocument } from './support/document.js';
import { bash, run, start } from './support/processes.js';
import { startShop } from './support/shop.js';
import { MERCHANT_ENV } from './support/environment.js';

const page = new RunDocument('docs/troubleshooting.md');

class Fulfilment {
  @OnPayment()
  markPaid() {}
}

it('its commands look at the configuration and at the notify route', async () => {
  const { url, gateway } = await startShop({ providers: [Fulfilment] }, { options: { notifyPath: 'pay/notify' } });
  const env = {
    PASS2PAY_BASE_URL: gateway.url,
    ...MERCHANT_ENV,
  };
  const [doctor, notify] = commandsOf(page.take('pass2pay doctor').replaceAll('http://127.0.0.1:3000', url));
  expect((await run('bash', bash(doctor!), { env })).stdout).toContain('Refused with HTTP 401');
  expect((await run('bash', bash(notify!), { env })).stdout).toContain('Acknowledged');
});

it('the doctor names what is not configured', async () => {
  const { child, output } = start('bash', bash('npx pass2pay-sandbox doctor'));
  const [code] = (await once(child, 'close')) as [number];
  expect(code).not.toBe(0);
  expect(output.stdout + output.stderr).toContain('PASS2PAY_BASE_URL');
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));

it('the page in Traditional Chinese has the same blocks', () => {
  const codeOf = (document: string) => blocksOf(document).map(({ language, code }) => ({ language, code }));
  expect(codeOf('docs/zh-Hant/troubleshooting.md')).toEqual(codeOf('docs/troubleshooting.md'));
  expect(new RunDocument('docs/zh-Hant/troubleshooting.md').unrun()).toHaveLength(1);
});
