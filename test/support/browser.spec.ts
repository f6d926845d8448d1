import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { describeInBrowser, expectAccessible } from './browser.js';

const GOOD = `<!doctype html><html lang="en"><title>Good</title><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><main><h1>Good</h1></main>`;

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(GOOD + decodeURIComponent(request.url?.slice(1) ?? ''));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describeInBrowser('the browser of the tests', (browser) => {
  it('sees no trouble in a good page', async () => {
    const page = await browser.open(url);
    await expectAccessible(page);
    expect(await browser.closePages()).toEqual([]);
  });

  it.each([
    ['an error in the console', '<script>console.error("mind this")</script>', /mind this/],
    ['a warning', '<script>console.warn("and this")</script>', /and this/],
    ['an exception', '<script>throw new Error("thrown")</script>', /thrown/],
    ['a rejection', '<script>Promise.reject(new Error("rejected"))</script>', /rejected/],
    ['a file that cannot be had', '<img alt="" src="http://127.0.0.1:1/none.png">', /request failed.*none\.png/],
  ])('sees %s', async (_what, content, expected) => {
    const page = await browser.open(url + encodeURIComponent(content));
    await page.waitForLoadState('networkidle');
    expect((await browser.closePages()).join('\n')).toMatch(expected);
  });

  it('sees what is not accessible', async () => {
    const page = await browser.open(url + encodeURIComponent('<button></button><p style="color:#ccc">faint</p>'));
    await expect(expectAccessible(page)).rejects.toThrow(/button-name[^]*color-contrast|color-contrast[^]*button-name/);
  });

  it('visits as the visitor does', async () => {
    const page = await browser.open(url, { device: 'phone', language: 'zh-TW', colorScheme: 'dark' });
    expect(
      await page.evaluate(
        `[innerWidth, navigator.language, matchMedia('(prefers-color-scheme: dark)').matches, navigator.maxTouchPoints > 0]`,
      ),
    ).toEqual([390, 'zh-TW', true, true]);
  });
});
