import type { Type } from '@nestjs/common';
import { CashierService } from 'nestjs-pass2pay';
import { expect, it } from '@jest/globals';
import { RunDocument } from './support/document.js';
import { ORDER, startShop } from './support/shop.js';

const page = new RunDocument('docs/health.md');

it('the health check asks the gateway, and fails while it is away', async () => {
  const { HealthModule } = await page.load<{ HealthModule: Type }>('class HealthModule');
  const { app, url, gateway } = await startShop(
    { imports: [HealthModule] },
    { options: { retries: 0, circuitBreaker: { failures: 1, halfOpenAfterMs: 60_000 } } },
  );
  const well = await fetch(`${url}/health`);
  expect(well.status).toBe(200);
  expect(await well.json()).toMatchObject({ status: 'ok', info: { pass2pay: { status: 'up' } } });

  gateway.inject({ kind: 'http-500', times: Infinity });
  await expect(app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' })).rejects.toThrow();
  const away = await fetch(`${url}/health`);
  expect(away.status).toBe(503);
  expect(await away.json()).toMatchObject({ status: 'error', error: { pass2pay: { status: 'down' } } });
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
