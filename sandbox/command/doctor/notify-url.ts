import type { IncomingHttpHeaders } from 'node:http';
import { notifyUrlIssue } from 'nestjs-pass2pay/client';
import { secretOfNobody, sendTestNotify, writeTestNotify, type NotifyKind } from '../notify/test-notify.js';
import type { NotifyVerdict } from '../../gateway/notify/judge-response.js';
import { printable } from '../terminal/table.js';
import { CheckWriter, type Check } from './check.js';
import { hostOf, isLocal, resolveName } from './host.js';
import { whyNotPublic } from './public-address.js';
import { checkTls } from './tls.js';

export interface NotifyTarget {
  readonly kind: NotifyKind;
  /** The variable that contains the URL. */
  readonly variable: string;
  readonly url: string | undefined;
  /** The app of the forged notify. */
  readonly mchNo: string;
  readonly appId: string;
  /** Whether the gateway is on this machine or network too, as a sandbox is. */
  readonly isGatewayLocal: boolean;
  readonly timeoutMs: number;
}

/** Checks whether the gateway can reach the notifyUrl, and whether the receiver refuses forged notifies. */
export async function checkNotifyUrl(target: NotifyTarget, progress: (line: string) => void): Promise<Check[]> {
  const { kind, url, variable, timeoutMs } = target;
  const about = kind === 'payment' ? 'Notify URL' : 'Transfer notify URL';
  const id = kind === 'payment' ? 'notify-url' : 'transfer-notify-url';
  const writer = new CheckWriter(id, about);
  if (url === undefined) {
    return [
      writer.warn(
        `${variable} is not set`,
        'Set it, or pass a notifyUrl with each order: without one, the gateway sends no notify.',
      ),
    ];
  }
  const fault = notifyUrlIssue(url);
  if (fault !== undefined) return [writer.fail(`${variable} ${fault}`, `Correct ${variable}.`)];
  const host = hostOf(url);
  const reach = await checkReach(target, url, writer);
  if (reach.status === 'fail') return [reach];
  const checks = [reach];
  if (host.isTls) {
    progress(`${about}: TLS …`);
    checks.push(await checkTls(host, timeoutMs, new CheckWriter(`${id}-tls`, `${about}’s TLS`)));
  }
  progress(`${about}: a forged notify …`);
  checks.push(await checkForged(target, url, new CheckWriter(`${id}-forged`, `${about} refuses a forged notify`)));
  return checks;
}

async function checkReach(
  { variable, isGatewayLocal }: NotifyTarget,
  url: string,
  writer: CheckWriter,
): Promise<Check> {
  const host = hostOf(url);
  const { addresses, error } = await resolveName(host);
  if (error !== undefined) {
    return writer.fail(`${host.name} does not resolve (${error})`, `Correct ${variable} or the DNS.`, { error });
  }
  const { length } = Array.from(url);
  const unreachable = addresses.flatMap((address) => {
    const why = whyNotPublic(address);
    return why === undefined ? [] : [`${address} is ${why}`];
  });
  const details = { addresses, length };
  if (unreachable.length > 0 && !isGatewayLocal) {
    return writer.fail(
      `${host.name} is not public: ${unreachable.join(', ')}`,
      'The gateway cannot reach it: use a public host name or, during development, a tunnel.',
      details,
    );
  }
  if (unreachable.length > 0) {
    return writer.pass(`${host.name} is not public (${unreachable.join(', ')}), nor is this gateway`, details);
  }
  const message = `${host.name} is public (${addresses.join(', ')}); ${length} characters, no query string`;
  if (host.isTls || isLocal(addresses)) return writer.pass(message, details);
  return writer.warn(message, 'Use https: otherwise payer data in notifies can be read in transit.', details);
}

/** Responses that say `success`, but not in a form that the gateway accepts. */
const MEANT_AS_SUCCESS: ReadonlySet<NotifyVerdict> = new Set([
  'white-space',
  'byte-order-mark',
  'invisible-character',
  'quoted',
  'charset',
]);

async function checkForged(target: NotifyTarget, url: string, writer: CheckWriter): Promise<Check> {
  const { kind, mchNo, appId, timeoutMs } = target;
  const message = writeTestNotify(
    url,
    {
      kind,
      state: 2,
      mchNo,
      appId,
      mchOrderNo: `pass2pay-doctor-${Date.now()}`,
      amount: 1,
      currency: 'cny',
      changes: {},
      format: 'form',
    },
    secretOfNobody(),
  );
  const {
    status,
    acknowledged,
    judgement,
    durationMs,
    responseHeaders = {},
  } = await sendTestNotify(message, timeoutMs);
  const details = { status, verdict: judgement.verdict, durationMs };
  if (status === undefined) return writer.fail(judgement.reason, 'Start the application or correct the URL.', details);
  if (acknowledged) {
    return writer.fail(
      'It acknowledged a forged notify, so anybody can mark orders as paid',
      'Verify the signature of each notify: receive it with @PaymentNotify or @TransferNotify.',
      details,
    );
  }
  if (judgement.verdict === 'redirect' || judgement.verdict === 'not-found') {
    return writer.fail(judgement.reason, 'Correct the URL or the route.', details);
  }
  if (status === 415) {
    return writer.fail(
      `A body parser rejects ${message.contentType} (HTTP 415), so no notify arrives and none is logged`,
      'On Express, use a raw parser for this path: app.useBodyParser("raw", { type: (request) => request.url === "/pay/notify" }). On Fastify, use the built-in route: notifyPath of Pass2PayModule.forRoot.',
      details,
    );
  }
  if (status >= 500) {
    return writer.warn(
      `It was not acknowledged, but answered with HTTP ${status}`,
      'Check the application’s log: a forged notify should be refused with 401.',
      details,
    );
  }
  if (MEANT_AS_SUCCESS.has(judgement.verdict)) {
    return writer.fail(
      `It accepted a forged notify, with a malformed acknowledgement: ${judgement.reason}`,
      'Verify the signature of each notify: receive it with @PaymentNotify or @TransferNotify.',
      details,
    );
  }
  if (status < 400) {
    return writer.warn(
      `It was not acknowledged, but answered with HTTP ${status}`,
      'Refuse a forged notify with 401, so that it is visible in logs and metrics.',
      details,
    );
  }
  if (responseHeaders[REFUSAL_MARK] === undefined) {
    return writer.fail(
      `${serverOf(responseHeaders)} answered with HTTP ${status}, and not the module: genuine notifies do not arrive either`,
      'Let POSTs for this path through, whatever answers them before: a CDN, a proxy, basic auth, a guard, a CSRF check, a rate limit, a limit to bodies. An application that verifies notifies by itself sends the header Pass2Pay-Notify: refused with a refusal.',
      details,
    );
  }
  return writer.pass(`Refused with HTTP ${status} in ${durationMs} ms`, details);
}

/** The header that marks the module's refusals. */
const REFUSAL_MARK = 'pass2pay-notify';

/** The server, as its response headers name it. */
function serverOf({ server, via }: IncomingHttpHeaders): string {
  const name = [server, via].filter(Boolean).join(', ');
  return name === '' ? 'Something that does not name itself' : printable(name.slice(0, 100));
}
