import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { CheckWriter, type Check } from './check.js';

/** The Date header has whole seconds, and the response takes time to arrive. */
const TOLERATED_MS = 5_000;
const FAR_MS = 300_000;

/** The difference between this machine's clock and the gateway's, from the Date header of any response. */
export async function checkClock(baseUrl: string, timeoutMs: number): Promise<Check> {
  const writer = new CheckWriter('clock', 'Clock');
  const start = Date.now();
  const { date, error } = await dateOf(baseUrl, timeoutMs);
  const end = Date.now();
  if (error !== undefined)
    return writer.fail(`The gateway did not respond (${error})`, 'Check PASS2PAY_BASE_URL.', { error });
  const gatewayTime = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(gatewayTime)) return writer.skip('The gateway’s responses have no Date header');
  // The middle of the header's second, compared with the middle of the request.
  const aheadMs = Math.round((start + end) / 2 - (gatewayTime + 500));
  const off = Math.abs(aheadMs);
  const seconds = `${(off / 1_000).toFixed(1)} s`;
  const message = `This machine’s clock is ${seconds} ${aheadMs < 0 ? 'behind' : 'ahead of'} the gateway’s`;
  if (off <= TOLERATED_MS) return writer.pass('This machine’s clock agrees with the gateway’s', { aheadMs });
  const remedy =
    'Synchronise the clock with NTP: requests contain this machine’s time, and orders expire by the gateway’s.';
  return off <= FAR_MS ? writer.warn(message, remedy, { aheadMs }) : writer.fail(message, remedy, { aheadMs });
}

function dateOf(baseUrl: string, timeoutMs: number): Promise<{ date?: string; error?: string }> {
  return new Promise((resolve) => {
    const send = baseUrl.startsWith('https:') ? httpsRequest : httpRequest;
    const outgoing = send(baseUrl, { method: 'HEAD', agent: false, timeout: timeoutMs }, (incoming) => {
      incoming.resume();
      const { date } = incoming.headers;
      resolve(date === undefined ? {} : { date });
    });
    outgoing.on('timeout', () => outgoing.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })));
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.message }));
    outgoing.end();
  });
}
