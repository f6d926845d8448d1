import { once } from 'node:events';
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
afterAll(async () => {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
});

describeInBrowser('the browser of the tests', (browser) => {
  it('sees no trouble in a good page', async () => {
    const page = await browser.open(url);
    await expectAccessible(page);
    expect(await browser.closePages()).toEqual([]);
  });

  it.each([
    ['an error in the console', 'console', '<script>console.error("mind this")</script>', /mind this/],
    ['a warning', 'console', '<script>console.warn("and this")</script>', /and this/],
    ['an exception', 'pageerror', '<script>throw new Error("thrown")</script>', /thrown/],
    ['a rejection', 'pageerror', '<script>Promise.reject(new Error("rejected"))</script>', /rejected/],
    [
      'a file that cannot be had',
      'requestfailed',
      '<img alt="" src="http://127.0.0.1:1/none.png">',
      /request failed.*none\.png/,
    ],
  ])('sees %s', async (_what, event, content, expected) => {
    const page = await browser.open(undefined);
    const happened = new Promise((resolve) => page.once(event as 'console', resolve));
    await page.goto(url + encodeURIComponent(content));
    await happened;
    expect((await browser.closePages()).join('\n')).toMatch(expected);
  });

  it('sees what a page says last', async () => {
    const page = await browser.open(url);
    await page.evaluate('queueMicrotask(() => console.error("last words"))');
    expect((await browser.closePages()).join('\n')).toMatch(/last words/);
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
