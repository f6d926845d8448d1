import { expect, it } from '@jest/globals';
import { describeInBrowser } from '../support/browser.js';
import { start, stop } from './support/processes.js';

describeInBrowser('what npm run docs:dev serves', (browser) => {
  it('shows a page with its diagrams', async () => {
    const server = start(process.execPath, ['scripts/site.mjs', '--serve'], {
      env: { NO_COLOR: '1', PASS2PAY_BUILT: '1' },
    });
    const [, url] = await server.written('stdout', /Local: +(http:\S+)/);
    const page = await browser.open(`${url}how-it-works.html`);
    await page.locator('.mermaid svg').nth(1).waitFor();
    expect(await page.locator('main h1').textContent()).toContain('How it works');
    // Otherwise it would ask for the server that has gone.
    await page.close();
    await stop(server);
  });
});
