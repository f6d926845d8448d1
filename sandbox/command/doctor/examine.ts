import { ConfigurationError } from '../errors.js';
import { moduleOptions, type Variables } from '../settings/module-options.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Pass2PayOptions } from 'nestjs-pass2pay/client';
import { CheckWriter, type Check } from './check.js';
import { checkClock } from './clock.js';
import { checkConnection, checkName, hostOf, isLocal } from './host.js';
import { checkNotifyUrl } from './notify-url.js';
import { checkSecrets } from './secrets.js';
import { checkTls } from './tls.js';

/** All checks, ordered so that each follows those it depends on. They change nothing. */
export async function examine(variables: Variables, timeoutMs: number, terminal: Terminal): Promise<Check[]> {
  const progress = (line: string) => terminal.progress(line);
  progress('Configuration …');
  const { options, check } = await configuration(variables, terminal);
  // The gateway is checked even if another setting is wrong.
  const gateway = await gatewayChecks(
    options?.baseUrl ?? usableUrl(variables['PASS2PAY_BASE_URL']),
    timeoutMs,
    progress,
  );
  const secrets: Check[] = [];
  for (const merchant of options?.merchants ?? []) {
    if (!gateway.isReachable) {
      secrets.push(new CheckWriter('secret', `Secret of app ${merchant.appId}`).skip('The gateway is not reachable'));
      continue;
    }
    progress(`Secret of app ${merchant.appId} …`);
    secrets.push(await checkSecrets({ ...options!, timeoutMs }, merchant));
  }
  if (options === undefined) secrets.push(new CheckWriter('secret', 'Secret').skip('The configuration is invalid'));
  return [
    check,
    ...gateway.checks,
    ...secrets,
    ...(await notifyChecks(variables, gateway.isLocal, timeoutMs, progress)),
  ];
}

async function configuration(
  variables: Variables,
  terminal: Terminal,
): Promise<{ options?: Pass2PayOptions; check: Check }> {
  const writer = new CheckWriter('configuration', 'Configuration');
  try {
    const options = await moduleOptions(variables, terminal);
    const apps = options.merchants?.length ?? 0;
    return { options, check: writer.pass(`Complete, with ${apps === 1 ? 'one app' : `${apps} apps`}`, { apps }) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const { issues } = error;
    const message = issues.map((issue) => issue.message).join('; ');
    return { check: writer.fail(message, 'Correct each listed variable.', { issues }) };
  }
}

interface GatewayFindings {
  readonly checks: readonly Check[];
  readonly isReachable: boolean;
  readonly isLocal: boolean;
}

async function gatewayChecks(
  baseUrl: string | undefined,
  timeoutMs: number,
  progress: (line: string) => void,
): Promise<GatewayFindings> {
  if (baseUrl === undefined) {
    const check = new CheckWriter('dns', 'Gateway’s name').skip('PASS2PAY_BASE_URL is invalid');
    return { checks: [check], isReachable: false, isLocal: false };
  }
  const host = hostOf(baseUrl);
  progress(`Looking up ${host.name} …`);
  const name = await checkName(host);
  const checks = [name.check];
  const found = (isReachable: boolean) => ({ checks, isReachable, isLocal: isLocal(name.addresses) });
  if (name.check.status === 'fail') return found(false);
  progress(`Connecting to ${host.name}:${host.port} …`);
  const connection = await checkConnection(host, timeoutMs);
  checks.push(connection);
  if (connection.status === 'fail') return found(false);
  const tlsWriter = new CheckWriter('tls', 'TLS');
  const tls = host.isTls
    ? await checkTls(host, timeoutMs, tlsWriter)
    : isLocal(name.addresses)
      ? tlsWriter.skip('Plain http to this host or network')
      : tlsWriter.warn('Plain http to another host', 'Use https: orders could be read and changed in transit.');
  checks.push(tls);
  if (tls.status === 'fail') return found(false);
  progress('Comparing clocks …');
  const clock = await checkClock(baseUrl, timeoutMs);
  checks.push(clock);
  return found(clock.details?.['error'] === undefined);
}

async function notifyChecks(
  variables: Variables,
  isGatewayLocal: boolean,
  timeoutMs: number,
  progress: (line: string) => void,
): Promise<Check[]> {
  const common = {
    mchNo: variables['PASS2PAY_MCH_NO'] || 'M0',
    appId: variables['PASS2PAY_APP_ID'] || 'pass2pay-doctor',
    isGatewayLocal,
    timeoutMs,
  };
  const payments = { ...common, kind: 'payment', variable: 'PASS2PAY_NOTIFY_URL' } as const;
  const transfers = { ...common, kind: 'transfer', variable: 'PASS2PAY_TRANSFER_NOTIFY_URL' } as const;
  const checks = await checkNotifyUrl({ ...payments, url: variables[payments.variable] || undefined }, progress);
  const transferUrl = variables[transfers.variable];
  // Many merchants make no transfers.
  if (transferUrl) checks.push(...(await checkNotifyUrl({ ...transfers, url: transferUrl }, progress)));
  return checks;
}

function usableUrl(text: string | undefined): string | undefined {
  return text !== undefined && /^https?:\/\//i.test(text) && URL.canParse(text) ? text : undefined;
}
