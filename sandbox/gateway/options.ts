import { DIALECT_NAMES, type DialectName } from './dialects/dialect.js';
import type { ClockMode } from './clock/sandbox-clock.js';

/** An app of a merchant. A merchant with two apps has two entries with the same mchNo. */
export interface SandboxMerchant {
  /** Merchant number, as in the request's `mchNo`. */
  mchNo: string;
  /** App ID, as in the request's `appId`. */
  appId: string;
  /** The app's secret: signs its responses and notifies, verifies its requests. */
  secret: string;
  /** Shown on the cashier page. */
  name?: string;
  /** The merchant is disabled: 商户信息不存在或商户状态不可用, for all of its apps. */
  disabled?: boolean;
  /** Only this app is disabled: 商户应用不存在或应用状态不可用. */
  appDisabled?: boolean;
  /** The payment methods that are enabled for the app; all known ones by default. */
  wayCodes?: readonly string[];
}

/**
 * How a notify is sent: `form`, as the platform has done since 2024; `raw-form`, with the raw query posted as a form,
 * as before; `query`, with everything in the query string, as until 2022; `json`, as received by merchants of Pass2Pay
 * and of the platform's sister gateways.
 *
 * Source: protocol §4 and §9.
 */
export type NotifyFormat = (typeof NOTIFY_FORMATS)[number];
export const NOTIFY_FORMATS = ['form', 'raw-form', 'query', 'json'] as const;

/**
 * When the six attempts of a notify are made, by the gateway's message broker: at 0, 30, 90, 180, 300 and 450 s
 * (`activemq`), or at 0, 30, 90, 210, 330 and 510 s (`rocketmq`).
 *
 * Source: protocol §4.
 */
export type NotifySchedule = (typeof NOTIFY_SCHEDULES)[number];
export const NOTIFY_SCHEDULES = ['activemq', 'rocketmq'] as const;

/**
 * The version of the library with which the gateway writes its notifies: the two escape some characters differently.
 */
export type HutoolVersion = '5.7' | '5.8';

export interface SandboxOptions {
  /** TCP port; 0 (the default) selects a free one. */
  port?: number;
  /** Address to listen on; 127.0.0.1 by default, so that only this machine can reach the sandbox. */
  host?: string;
  /**
   * Host names that are allowed in addition to this machine's own, such as `sandbox` or `sandbox:9216`; none by
   * default. Another name may have been pointed at this machine by somebody else (DNS rebinding).
   */
  allowedHosts?: readonly string[];
  /**
   * Whether notifies are sent to other machines; false by default, so that nobody who creates an order can make the
   * sandbox post to addresses that only this machine can reach.
   */
  allowRemoteNotifies?: boolean;
  /** The merchants that the sandbox knows; `[DEFAULT_MERCHANT]` by default. */
  merchants?: readonly SandboxMerchant[];
  /**
   * How many times faster than on the gateway time passes between notify attempts and until an order expires; 1 by
   * default. With 100, attempts are made at 0, 0.3, 0.9, 1.8, 3 and 4.5 s, and a cashier order of 900 s closes after 9
   * to 9.6 s: it expires after 9 s, and the gateway closes orders at each of its full minutes.
   */
  notifySpeed?: number;
  /** The simulated gateway: `pass2pay` (the default), or `platform`, the recorded open platform. */
  dialect?: DialectName;
  /** `form` by default; the fault `notify-format` changes it for some orders or attempts. */
  notifyFormat?: NotifyFormat;
  /** `activemq` by default. */
  notifySchedule?: NotifySchedule;
  /** A rate such as `0.006`: notifies of orders then have the signed fields mchFeeRate and mchFeeAmount. */
  notifyFeeRate?: string;
  /**
   * Additional signed fields of every notify, such as `{ channelUser: '2088…' }`; they must not have names that the
   * gateway uses.
   */
  notifyExtras?: Readonly<Record<string, string>>;
  /** `5.7`: a space in a value becomes a `+`, which breaks the format `form`; `5.8` (default) escapes it. */
  notifyHutool?: HutoolVersion;
  /**
   * The timeout for the receiver's response to a notify, in ms of real time; 20 000 by default, as on the gateway.
   * `notifySpeed` does not shorten it, because it does not make the receiver faster.
   */
  notifyTimeoutMs?: number;
  /**
   * `real` (the default): time passes normally, and `advance` jumps ahead. `stepped`: time passes only with `advance`,
   * so that a test controls every attempt and every expiry.
   */
  clock?: ClockMode;
  /**
   * A file that stores orders, transfers, notifies, journal and requests; without it, all of them are lost when the
   * sandbox stops. It is created if it does not exist. It includes everything that was responded to, even if the
   * process is killed immediately afterwards; after a restart, notifies and expiries continue from the stored state.
   * Only one sandbox at a time can use it. It contains what the merchant sends, including the payer's data.
   */
  dataFile?: string;
  /** Maximum number of orders, and of transfers; 10 000 by default. The oldest final ones are removed first. */
  maxOrders?: number;
}

/** The merchant of a sandbox that was started without merchants. Its secret is public, and useless elsewhere. */
export const DEFAULT_MERCHANT: Readonly<SandboxMerchant> = Object.freeze({
  mchNo: 'M1621873433953',
  appId: '60cc09bce4b0f1c0b83761c9',
  secret: 'sandbox-secret-worth-nothing-0123456789',
  name: 'Sandbox Shop',
});

export type ResolvedSandboxOptions = Readonly<
  Required<Omit<SandboxOptions, 'dataFile' | 'notifyFeeRate'>> & Pick<SandboxOptions, 'dataFile' | 'notifyFeeRate'>
>;

/** @throws TypeError that lists every invalid option. */
export function resolveOptions(options: SandboxOptions): ResolvedSandboxOptions {
  const resolved = {
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
    allowedHosts: [...(options.allowedHosts ?? [])],
    allowRemoteNotifies: options.allowRemoteNotifies ?? false,
    merchants: (options.merchants ?? [DEFAULT_MERCHANT]).map((merchant) => ({ ...merchant })),
    notifySpeed: options.notifySpeed ?? 1,
    dialect: options.dialect ?? 'pass2pay',
    notifyFormat: options.notifyFormat ?? 'form',
    notifySchedule: options.notifySchedule ?? 'activemq',
    notifyFeeRate: options.notifyFeeRate,
    notifyExtras: { ...options.notifyExtras },
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

/** Options with a fixed set of values. */
const CHOICES = {
  clock: ['real', 'stepped'],
  dialect: DIALECT_NAMES,
  notifyFormat: NOTIFY_FORMATS,
  notifySchedule: NOTIFY_SCHEDULES,
  notifyHutool: ['5.7', '5.8'],
} as const satisfies Partial<Record<keyof SandboxOptions, readonly string[]>>;

function listed(choices: readonly string[]): string {
  const quoted = choices.map((choice) => `'${choice}'`);
  return `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1) ?? ''}`;
}

function wrongNumbers(options: ResolvedSandboxOptions): string[] {
  const wrong: string[] = [];
  if (!Number.isInteger(options.port) || options.port < 0 || options.port > 65_535) {
    wrong.push('port must be an integer from 0 (any free port) to 65535');
  }
  for (const allowed of options.allowedHosts) {
    if (typeof allowed !== 'string' || !/^(\[[\da-f:.]+\]|[\w.-]+)(:\d{1,5})?$/i.test(allowed)) {
      wrong.push(
        `allowedHosts must contain host names such as sandbox or sandbox:9216, not ${JSON.stringify(allowed)}`,
      );
    }
  }
  if (typeof options.allowRemoteNotifies !== 'boolean') wrong.push('allowRemoteNotifies must be true or false');
  if (!Number.isFinite(options.notifySpeed) || options.notifySpeed <= 0) {
    wrong.push('notifySpeed must be a number above 0');
  }
  if (!Number.isInteger(options.notifyTimeoutMs) || options.notifyTimeoutMs < 1) {
    wrong.push('notifyTimeoutMs must be an integer of at least 1');
  }
  for (const [name, choices] of Object.entries(CHOICES)) {
    const value: string = options[name as keyof typeof CHOICES];
    if (!(choices as readonly string[]).includes(value)) wrong.push(`${name} must be ${listed(choices)}`);
  }
  if (options.notifyFeeRate !== undefined && !/^0(\.\d+)?$/.test(options.notifyFeeRate)) {
    wrong.push("notifyFeeRate must be a string such as '0.006'");
  }
  for (const [field, value] of Object.entries(options.notifyExtras)) {
    if (!/^\w{1,64}$/.test(field) || typeof value !== 'string') {
      wrong.push(`notifyExtras.${field} must be a string, and its name must consist of letters, digits and _`);
    }
  }
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
