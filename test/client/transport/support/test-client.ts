import { readFileSync } from 'node:fs';
import { GatewayClient } from '../../../../lib/client/gateway-client.js';
import { Pass2PayClient } from '../../../../lib/pass2pay-client/pass2pay-client.js';
import type { Pass2PayError } from '../../../../lib/errors/pass2pay.errors.js';
import type { Pass2PayOptions } from '../../../../lib/pass2pay.options.js';
import { MERCHANT } from '../../../support/test-merchant.js';

const open: { close(): Promise<unknown> }[] = [];

/** Nothing listens on it, and no process is given it. */
export const NOBODY = 'http://127.0.0.1:1';

/** A host whose first label is too long to be one: it is not known, and no resolver is asked. */
export const NO_HOST = `${'g'.repeat(64)}.invalid`;

/** To be called after each test. */
export async function closeAll(): Promise<void> {
  for (const one of open.splice(0).toReversed()) await one.close();
}

/** Has something closed when the test is over. */
export function closing<T extends { close(): Promise<unknown> }>(what: T): T {
  open.push(what);
  return what;
}

export interface TestClient {
  client: GatewayClient;
  /** A call that is never repeated by itself, as a create. */
  create: (mchOrderNo?: string, signal?: AbortSignal) => Promise<unknown>;
  /** The error of such a call. */
  failure: () => Promise<Pass2PayError & { requestSent?: boolean }>;
  stop: () => Promise<void>;
}

export async function testClient(
  baseUrl: string,
  transport: Pass2PayOptions['transport'] = {},
  options: Partial<Pass2PayOptions> = {},
): Promise<TestClient> {
  const merchants = [{ ...MERCHANT }];
  const all = new Pass2PayClient({ baseUrl, merchants, transport, allowInsecureHttp: true, ...options });
  let isStopped = false;
  const stop = async () => {
    if (!isStopped) await all.close();
    isStopped = true;
  };
  open.push({ close: stop });
  const client = all.gateway;
  const create = (mchOrderNo = 'O1', signal?: AbortSignal) =>
    client.call({ path: 'api/create', version: '1.0' }, { mchOrderNo }, { signal });
  const failure = () =>
    create().then(
      () => Promise.reject(new Error('the call succeeded')),
      (error: Pass2PayError) => error,
    );
  return { client, create, failure, stop };
}

const pem = (name: string) => readFileSync(new URL(`../../../fixtures/tls/${name}`, import.meta.url), 'utf8');

/** Certificates of the tests' own authority, for localhost, 127.0.0.1 and gateway.test. */
export const TLS = {
  ca: pem('ca.pem'),
  server: { cert: pem('server.pem'), key: pem('server.key') },
  client: { cert: pem('client.pem'), key: pem('client.key') },
};
