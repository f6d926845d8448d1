import type { ModuleMetadata } from '@nestjs/common';
import { Pass2PayModule, type Pass2PayOptions } from 'nestjs-pass2pay';
import type { Pass2PaySandbox } from 'pass2pay-sandbox';
import { Pass2PaySandboxModule } from 'pass2pay-sandbox/nest';
import { startTestSandbox, type TestSandboxOptions } from 'pass2pay-sandbox/testing';
import { afterEach } from '@jest/globals';
import { startApp, type RunningApp } from '../../support/nest-app.js';

const FORM = 'application/x-www-form-urlencoded';

export interface Shop extends RunningApp {
  gateway: Pass2PaySandbox;
  /** POSTs JSON, or a form that is text. */
  post: (path: string, body: object | string) => Promise<Response>;
}

const running: Shop[] = [];
afterEach(async () => {
  for (const { app } of running.splice(0)) await app.close();
});

/** Boots what a document shows in an application with the module, which sells through a sandbox until the test ends. */
export async function startShop(
  metadata: ModuleMetadata,
  {
    sandbox,
    options,
  }: { sandbox?: TestSandboxOptions; options?: Partial<Pass2PayOptions> & { notifyPath?: string } } = {},
): Promise<Shop> {
  const paths = { notifyPath: '/pay/notify', transferNotifyPath: '/pay/transfer-notify' };
  const testing = await startTestSandbox({ ...paths, ...sandbox });
  const imports = [
    Pass2PayModule.forRoot({ ...testing.options, ...options, isGlobal: true }),
    Pass2PaySandboxModule.register(testing),
  ];
  const { app, url } = await startApp(
    { ...metadata, imports: [...imports, ...(metadata.imports ?? [])] },
    { rawBody: true },
  ).catch(async (error: unknown) => {
    await testing.stop();
    throw error;
  });
  const shop: Shop = {
    app,
    url,
    gateway: testing.gateway,
    post: (path, body) =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': typeof body === 'string' ? FORM : 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
  running.push(shop);
  return shop;
}

/** What every order needs besides its number. */
export const ORDER = { amount: 10031, custNo: 'C1', registerTime: 1622016572190 };
