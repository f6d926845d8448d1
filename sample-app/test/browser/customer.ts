import type { Page } from 'playwright-core';
import { stopClock, type Visit } from '../../../test/support/browser.js';
import type { Texts } from '../../src/texts/texts.js';
import { PAYER } from '../support/payer.js';

type Open = (url: string, visit?: Visit) => Promise<Page>;

/** Goes from the catalogue to the cashier page, which does not lead back to the shop by itself: its clock stands still. */
export async function buy(open: Open, shopUrl: string, texts: Texts, visit: Visit = {}): Promise<Page> {
  const page = await open(shopUrl, visit);
  if (visit.javaScript ?? true) await stopClock(page);
  await page.getByRole('link', { name: `${texts.buy} ${texts.products.tea.name}` }).click();
  await fillIn(page, texts);
  await payButton(page, texts).click();
  await page.waitForURL('**/cashier?**');
  return page;
}

export async function fillIn(page: Page, { checkout: { fields } }: Texts): Promise<void> {
  await page.getByLabel(fields.userName.label, { exact: true }).fill(PAYER.userName);
  await page.getByLabel(fields.mbrTel.label, { exact: true }).fill(PAYER.mbrTel);
  await page.getByLabel(fields.idNo.label).fill(PAYER.idNo);
}

/** The button at the end of the checkout form. */
export function payButton(page: Page, { checkout }: Texts) {
  return page.getByRole('button', { name: checkout.pay('').trim() });
}
