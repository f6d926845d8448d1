import type { ClockMode } from './clock/sandbox-clock.js';

/** One app of one merchant. A merchant with two apps is two entries with the same mchNo. */
export interface SandboxMerchant {
  /** Merchant number, as in the request's `mchNo`. */
  mchNo: string;
  /** App id, as in the request's `appId`. */
  appId: string;
  /** The app's secret: signs its answers and notifies, verifies its requests. */
  secret: string;
  /** Shown on the cashier page. */
  name?: string;
  /** The merchant is disabled: 商户信息不存在或商户状态不可用, whatever app asks. */
  disabled?: boolean;
  /** Only this app is disabled: 商户应用不存在或应用状态不可用. */
  appDisabled?: boolean;
  /** The ways of paying that the app may use; all known ones when left out. */
  wayCodes?: readonly string[];
}

/** Which of the gateway's three ways of sending a notify is used. Source: protocol §4. */
export type NotifyGeneration = 1 | 2 | 3;

/** The version of the library with which the gateway writes its notifies: the two escape some characters otherwise. */
export type HutoolVersion = '5.7' | '5.8';

export interface SandboxOptions {
  /** TCP port; 0 (the default) takes a free one. */
  port?: number;
  /** Address to listen on; 127.0.0.1 by default, so that only this machine reaches the sandbox. */
  host?: string;
  /** The merchants that the sandbox knows; `[DEFAULT_MERCHANT]` by default. */
  merchants?: readonly SandboxMerchant[];
  /**
   * How many times as fast as the gateway time passes between notify attempts and until an order expires; 1 by
   * default. With 100, attempts go out at 0, 0.3, 0.9, 1.8, 3 and 4.5 s, and a cashier order of 900 s closes after 9 s.
   */
  notifySpeed?: number;
  /** 1: everything in the query string; 2: raw query as the body; 3 (default): a form body. */
  notifyGeneration?: NotifyGeneration;
  /** `5.7`: a space in a value becomes a `+`, which breaks generation 3; `5.8` (default) escapes it. */
  notifyHutool?: HutoolVersion;
  /**
   * How long a receiver may take to answer a notify, ms of real time; 20 000 by default, as the gateway waits. It does not
   * shrink with `notifySpeed`, since the receiver is no faster for it.
   */
  notifyTimeoutMs?: number;
  /**
   * `real` (the default): time passes as outside, and `advance` jumps ahead. `stepped`: time stands still, and only
   * `advance` moves it, so that a test has every attempt and every expiry in its hand.
   */
  clock?: ClockMode;
  /**
   * A file that keeps orders, transfers, notifies, journal and requests; without it, all is gone when the sandbox stops.
   * It is made when it is not there. What was answered is in it, even when the process is killed the moment after;
   * started anew with it, notifies and expiry go on where they stood. One sandbox at a time can use it. It holds what the
   * merchant sends, the payer's data included.
   */
  dataFile?: string;
  /** How many orders, and how many transfers, are kept; 10 000 by default. The oldest final ones go first. */
  maxOrders?: number;
}

/** The merchant of a sandbox that was started without merchants. Its secret is public: it is worth nothing elsewhere. */
export const DEFAULT_MERCHANT: Readonly<SandboxMerchant> = Object.freeze({
  mchNo: 'M1621873433953',
  appId: '60cc09bce4b0f1c0b83761c9',
  secret: 'sandbox-secret-worth-nothing-0123456789',
  name: 'Sandbox Shop',
});

export type ResolvedSandboxOptions = Readonly<
  Required<Omit<SandboxOptions, 'dataFile'>> & Pick<SandboxOptions, 'dataFile'>
>;

/** @throws TypeError that lists every wrong option. */
export function resolveOptions(options: SandboxOptions): ResolvedSandboxOptions {
  const resolved = {
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    merchants: (options.merchants ?? [DEFAULT_MERCHANT]).map((merchant) => ({ ...merchant })),
    notifySpeed: options.notifySpeed ?? 1,
    notifyGeneration: options.notifyGeneration ?? 3,
    notifyHutool: options.notifyHutool ?? '5.8',
    notifyTimeoutMs: options.notifyTimeoutMs ?? 20_000,
    clock: options.clock ?? 'real',
    maxOrders: options.maxOrders ?? 10_000,
    dataFile: options.dataFile,
  };
  const wrong = [...wrongNumbers(resolved), ...wrongMerchants(resolved.merchants)];
  if (wrong.length > 0) throw new TypeError(`The sandbox cannot start: ${wrong.join('; ')}.`);
  return resolved;
}

function wrongNumbers(options: ResolvedSandboxOptions): string[] {
  const wrong: string[] = [];
  if (!Number.isInteger(options.port) || options.port < 0 || options.port > 65_535) {
    wrong.push('port must be an integer from 0 (any free port) to 65535');
  }
  if (!Number.isFinite(options.notifySpeed) || options.notifySpeed <= 0) {
    wrong.push('notifySpeed must be a number above 0');
  }
  if (!Number.isInteger(options.notifyTimeoutMs) || options.notifyTimeoutMs < 1) {
    wrong.push('notifyTimeoutMs must be an integer of at least 1');
  }
  if (options.clock !== 'real' && options.clock !== 'stepped') wrong.push("clock must be 'real' or 'stepped'");
  if (!['5.7', '5.8'].includes(options.notifyHutool)) wrong.push("notifyHutool must be '5.7' or '5.8'");
  if (![1, 2, 3].includes(options.notifyGeneration)) wrong.push('notifyGeneration must be 1, 2 or 3');
  if (options.dataFile !== undefined && (typeof options.dataFile !== 'string' || options.dataFile === '')) {
    wrong.push('dataFile must be the path of a file');
  }
  if (!Number.isInteger(options.maxOrders) || options.maxOrders < 1) {
    wrong.push('maxOrders must be an integer of at least 1');
  }
  return wrong;
}

function wrongMerchants(merchants: readonly SandboxMerchant[]): string[] {
  if (merchants.length === 0) return ['merchants must not be empty'];
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const [index, merchant] of merchants.entries()) {
    for (const field of ['mchNo', 'appId', 'secret'] as const) {
      if (typeof merchant[field] !== 'string' || merchant[field] === '') {
        wrong.push(`merchants[${index}].${field} must be a non-empty string`);
      }
    }
    const app = JSON.stringify([merchant.mchNo, merchant.appId]);
    if (seen.has(app)) wrong.push(`merchants[${index}] repeats app ${merchant.appId} of ${merchant.mchNo}`);
    seen.add(app);
  }
  return wrong;
}
