import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Pass2PaySandbox } from '../../../lib/sandbox/index.js';
import { DEVICE_NAMES, describeInBrowser } from '../../support/browser.js';
import { MERCHANT, MerchantClient } from '../support/merchant-client.js';

let sandbox: Pass2PaySandbox;
let client: MerchantClient;
beforeEach(async () => {
  sandbox = await Pass2PaySandbox.start({ merchants: [{ ...MERCHANT, name: 'The Tea House' }] });
  client = new MerchantClient(sandbox);
});
afterEach(() => sandbox.stop());

describeInBrowser('the cashier page', (browser) => {
  it.each(DEVICE_NAMES)('is paid on a %s', async (device) => {
    const url = String((await client.cashierOrder()).json.data?.['payData']);
    const page = await browser.open(url, { device });
    await page.getByRole('button', { name: 'Pay CN¥100.31' }).click();
    await page.getByRole('heading', { name: 'Payment received' }).waitFor();
    expect(sandbox.order('O1')?.state).toBe(2);
  });
});
