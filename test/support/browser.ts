import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** The system's Chromium, as Debian installs it: the shell without a window, where it is there. */
const CHROMIUM =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((path) => existsSync(path)) ??
  '/usr/bin/chromium';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Limits that only end a test that hangs; a busy machine needs a tenth of them. */
const STEP_LIMIT_MS = 120_000;
const TEST_LIMIT_MS = 300_000;

const DEVICES = {
  phone: {
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    userAgent:
      'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
  },
  desktop: { viewport: { width: 1280, height: 800 } },
} as const;

export const DEVICE_NAMES = ['phone', 'desktop'] as const;

/** Who looks at a page, and with what. */
export interface Visit {
  device?: (typeof DEVICE_NAMES)[number];
  /** Sent as Accept-Language; `en-US` by default. */
  language?: string;
  colorScheme?: 'light' | 'dark';
  /** True by default. */
  javaScript?: boolean;
  /** Troubles that belong to the test: an error page's own status is one. */
  expectedTroubles?: readonly RegExp[];
}

/**
 * A Chromium for the tests of one `describe`. Every page has a context of its own. Whatever a page logs as an error or a
 * warning, throws, or asks for in vain, fails the test that opened it.
 */
export class TestBrowser {
  private browser: Browser | undefined;
  private contexts: BrowserContext[] = [];
  private troubles: string[] = [];

  async start(): Promise<void> {
    this.browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS, timeout: STEP_LIMIT_MS });
  }

  /** Opens the URL as the visitor does, or an empty page. */
  async open(url: string | undefined, visit: Visit = {}): Promise<Page> {
    if (!this.browser) throw new Error('The browser is opened by describeInBrowser, before the tests');
    const context = await this.browser.newContext({
      ...DEVICES[visit.device ?? 'desktop'],
      locale: visit.language ?? 'en-US',
      colorScheme: visit.colorScheme ?? 'light',
      javaScriptEnabled: visit.javaScript ?? true,
      timezoneId: 'Asia/Taipei',
      // What a test sees must not depend on how far an animation has come.
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(STEP_LIMIT_MS);
    this.contexts.push(context);
    this.watch(context, visit.expectedTroubles ?? []);
    const page = await context.newPage();
    if (url !== undefined) await page.goto(url);
    return page;
  }

  /** Closes all pages. @returns what went wrong in them. */
  async closePages(): Promise<string[]> {
    // What a page has said by now is told before it answers this.
    const pages = this.contexts.flatMap((context) => context.pages());
    await Promise.all(pages.map((page) => page.evaluate('0').catch(() => {})));
    const troubles = this.troubles.splice(0);
    await Promise.all(this.contexts.splice(0).map((context) => context.close()));
    // What breaks off because its page closes is no trouble.
    this.troubles = [];
    return troubles;
  }

  async stop(): Promise<void> {
    await this.browser?.close();
  }

  private watch(context: BrowserContext, expected: readonly RegExp[]): void {
    const note = (trouble: string): void => {
      if (!expected.some((pattern) => pattern.test(trouble))) this.troubles.push(trouble);
    };
    context.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        note(`console ${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    context.on('weberror', (error) => note(`uncaught: ${String(error.error())}`));
    context.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      // What is under way is broken off when its page is left.
      if (reason !== 'net::ERR_ABORTED') note(`request failed: ${request.method()} ${request.url()} ${reason}`);
    });
    context.on('response', (response) => {
      if (response.status() >= 400) note(`status ${response.status()}: ${response.url()}`);
    });
  }
}

/**
 * Tests with a browser. In CI a missing Chromium is a failure; elsewhere the tests are skipped, by name.
 *
 * @param tests gets the browser; open pages in it by `browser.open`
 */
export function describeInBrowser(name: string, tests: (browser: TestBrowser) => void): void {
  if (!process.env.CI && !existsSync(CHROMIUM)) {
    test.skip(`${name}: skipped, since there is no Chromium at ${CHROMIUM} (apt-get install chromium, or set CHROMIUM)`, () => {});
    return;
  }
  jest.setTimeout(TEST_LIMIT_MS);
  describe(name, () => {
    const browser = new TestBrowser();
    beforeAll(() => browser.start());
    afterEach(async () => expect(await browser.closePages()).toEqual([]));
    afterAll(() => browser.stop());
    tests(browser);
  });
}

/** From here on the clock of the page's scripts moves only by `page.clock.runFor` and `fastForward`; axe needs it going. */
export async function stopClock(page: Page): Promise<void> {
  await page.clock.install({ time: new Date('2001-02-03T04:05:06Z') });
  await page.clock.pauseAt(new Date('2001-02-03T05:00:00Z'));
}

const AXE_SOURCE = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Fails when axe-core finds a violation on the page as it stands, its best practices included. */
export async function expectAccessible(page: Page): Promise<void> {
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(await AXE_SOURCE);
  // All that passes need not come over, nor need styles be loaded a second time for rules that are not on.
  const violations = await page.evaluate<AxeResults['violations']>(
    `axe.run(document, { resultTypes: ['violations'], preload: { assets: ['media'] } }).then(({ violations }) => violations)`,
  );
  const found = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join('\n')}`,
  );
  expect(found).toEqual([]);
}
