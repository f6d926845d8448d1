import { expect, it } from '@jest/globals';
import { describeInBrowser } from '../support/browser.js';
import { serveSite } from './support/site.js';

const site = serveSite();

/** Each with the page that answers it, which the search must give first. */
const QUESTIONS = [
  ['401', 'troubleshooting'],
  ['why is the notify answered with 401', 'troubleshooting'],
  ['404 notify', 'troubleshooting'],
  ['413', 'troubleshooting'],
  ['415', 'troubleshooting'],
  ['notify never arrives', 'troubleshooting'],
  ['notify arrives twice', 'troubleshooting'],
  ['unknown outcome', 'troubleshooting'],
  ['amount does not match', 'troubleshooting'],
  ['works locally but not in production', 'troubleshooting'],
  ['behind a CDN', 'troubleshooting'],
  ['nginx', 'proxies-and-cdns'],
  ['Cloudflare', 'proxies-and-cdns'],
  ['which set-up should I choose', 'choosing'],
  ['Redis or database', 'choosing'],
  ['mapped types', 'own-dtos'],
  ['PickType', 'own-dtos'],
  ['own DTO', 'own-dtos'],
  ['Vitest', 'jest-and-vitest'],
  ['Jest ESM', 'jest-and-vitest'],
  ['GraphQL', 'graphql-and-microservices'],
  ['microservice', 'graphql-and-microservices'],
  ['serverless', 'serverless-and-bundlers'],
  ['AWS Lambda', 'serverless-and-bundlers'],
  ['esbuild', 'serverless-and-bundlers'],
  ['bundle keep class names', 'serverless-and-bundlers'],
  ['how do I upgrade', 'upgrading'],
  ['semantic versioning', 'upgrading'],
  ['native app', 'native-apps'],
  ['React Native WebView', 'native-apps'],
  ['one open order per customer', 'orders'],
  ['double click creates two orders', 'orders'],
  ['risk rule', 'orders'],
  ['customer with too many expired orders', 'orders'],
  ['refund', 'fees-and-refunds'],
  ['fees', 'fees-and-refunds'],
  ['partial refund', 'fees-and-refunds'],
  ['rotate a secret', 'runbooks'],
  ['health check', 'health'],
  ['getting started', 'getting-started'],
] as const;

describeInBrowser('the search of the site', (browser) => {
  it('gives first the page that answers', async () => {
    const page = await browser.open(`${site.url}/index.html`);
    await page.getByRole('button', { name: 'Search' }).first().click();
    const input = page.locator('.VPLocalSearchBox input');
    const first = page.locator('.VPLocalSearchBox .result').first();
    const answers: [question: string, page: string][] = [];
    for (const [question] of QUESTIONS) {
      await input.fill('');
      await first.waitFor({ state: 'detached' });
      await input.fill(question);
      const { pathname } = new URL((await first.getAttribute('href'))!, site.url);
      answers.push([question, pathname.replace(/^\/(.*)\.html$/, '$1')]);
    }
    expect(answers).toEqual(QUESTIONS);
  });
});
