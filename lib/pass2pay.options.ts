import { clientOptions, type ClientOptions, type ResolvedClientOptions } from './client/client.options.js';
import { shownTransport } from './client/transport/transport-options.js';
import { databaseOptions, type DatabaseOptions, type ResolvedDatabaseOptions } from './database/database.options.js';
import { Pass2PayConfigError, type ValidationIssue } from './errors/pass2pay.errors.js';
import { Merchant, type MerchantOptions } from './merchants/merchant.js';
import {
  merchantsOptions,
  type MerchantsOptions,
  type ResolvedMerchantsOptions,
} from './merchants/merchants.options.js';
import { outcomesOptions, type OutcomesOptions, type ResolvedOutcomesOptions } from './outcomes/outcomes.options.js';
import { paymentsOptions, type PaymentsOptions, type ResolvedPaymentsOptions } from './payments/payments.options.js';
import {
  transfersOptions,
  type ResolvedTransfersOptions,
  type TransfersOptions,
} from './transfers/transfers.options.js';
import { notifyOptions, type NotifyOptions, type ResolvedNotifyOptions } from './verification/notify.options.js';
import { isObject } from './validation/option-rules.js';
import { shownAs } from './validation/shown-as.js';
import { ruledFields } from './validation/rule.js';
import { readRoom, unknownOptions, type OptionsRoom } from './validation/options-room.js';

/** The options of `Pass2PayModule.forRoot`, also returned by a factory of `forRootAsync`. */
export interface Pass2PayOptions
  extends
    MerchantsOptions,
    ClientOptions,
    PaymentsOptions,
    TransfersOptions,
    NotifyOptions,
    OutcomesOptions,
    DatabaseOptions {}

/** The options with all defaults applied. */
export type ResolvedOptions = ResolvedMerchantsOptions &
  ResolvedClientOptions &
  ResolvedPaymentsOptions &
  ResolvedTransfersOptions &
  ResolvedNotifyOptions &
  ResolvedOutcomesOptions &
  ResolvedDatabaseOptions;

const ROOMS = [
  merchantsOptions,
  clientOptions,
  paymentsOptions,
  transfersOptions,
  notifyOptions,
  outcomesOptions,
  databaseOptions,
] as readonly OptionsRoom<object, object>[];

/** The names of all options. */
export const OPTION_NAMES: ReadonlySet<string> = new Set(ROOMS.flatMap(({ type }) => [...ruledFields(type)]));

/** The names of what a registration accepts in addition to the options. */
const EXTRAS = ['isGlobal', 'name', 'notifyPath', 'transferNotifyPath'] as const;

const KNOWN_NAMES: ReadonlySet<string> = new Set([...OPTION_NAMES, ...EXTRAS]);

/** The options' defaults. */
export function defaultOptions(): Partial<Pass2PayOptions> {
  return Object.assign({}, ...ROOMS.map(({ type }) => new type())) as Partial<Pass2PayOptions>;
}

/** A copy of the given options that hides secrets, because Nest's REPL can print every provider. */
export function withHiddenSecrets(given: Pass2PayOptions): Pass2PayOptions {
  if (!isObject(given)) return given;
  const { merchants, transport } = given as Partial<Pass2PayOptions>;
  return {
    ...given,
    ...(Array.isArray(merchants) && { merchants: merchants.map(withHiddenSecret) }),
    ...(isObject(transport) && { transport: shownAs(transport, shownTransport(transport)) }),
  };
}

function withHiddenSecret(merchant: MerchantOptions): MerchantOptions {
  if (!isObject(merchant) || merchant instanceof Merchant) return merchant;
  const { mchNo, appId } = merchant;
  return shownAs(merchant, { mchNo, appId });
}

/**
 * Validates the options and applies the defaults.
 *
 * @throws Pass2PayConfigError with every issue.
 */
export function resolveOptions(given: Pass2PayOptions, instance?: string): ResolvedOptions {
  if (!isObject(given)) {
    throw new Pass2PayConfigError([{ field: '', message: 'no options; return them from the factory' }]);
  }
  const parts = ROOMS.map((room) => ({ room, ...readRoom(room, given) }));
  const issues = [
    ...parts.flatMap((part) => part.issues),
    ...extraIssues(given),
    ...needlessBesideDatabase(given),
    ...onlyWithDatabase(given),
    ...neededWithoutDatabase(given),
    ...unknownOptions(KNOWN_NAMES, given),
  ];
  if (issues.length > 0) throw new Pass2PayConfigError(issues, instance);
  const resolved = parts.map(({ room, options }) => room.resolve(options));
  return Object.freeze(Object.assign({}, ...resolved)) as ResolvedOptions;
}

/** A factory runs too late for them. */
function extraIssues(given: object): ValidationIssue[] {
  return EXTRAS.filter((name) => Object.hasOwn(given, name)).map((name) => ({
    field: name,
    message: `${name} is unknown in the options; pass it to Pass2PayModule.forRootAsync, beside useFactory`,
  }));
}

/** Options that the database makes superfluous. */
const NEEDLESS = {
  // Outcomes would be acknowledged before their transaction.
  outcomeQueue:
    'outcomeQueue is not needed with database, which stores outcomes itself; leave it out, and add long work to your own queue in a handler',
  // Two stores could contradict each other.
  inbox:
    'inbox is not needed with database, which records applied outcomes in their transactions; leave out one of them',
} as const;

function needlessBesideDatabase(given: Pass2PayOptions): ValidationIssue[] {
  if (given.database === undefined) return [];
  return (['outcomeQueue', 'inbox'] as const)
    .filter((field) => given[field] !== undefined)
    .map((field) => ({ field, message: NEEDLESS[field] }));
}

/** With a database, the order table contains the pending orders. */
function neededWithoutDatabase({ database, merchantOrders }: Pass2PayOptions): ValidationIssue[] {
  if (database !== undefined || typeof merchantOrders?.find !== 'function') return [];
  if (typeof merchantOrders.pending === 'function') return [];
  const message = 'merchantOrders must have the method pending if database is not set; it returns the orders to query';
  return [{ field: 'merchantOrders', message }];
}

function onlyWithDatabase({
  database,
  adoptUnknownOrders,
  limitTimedOutOrders,
  reconcile,
}: Pass2PayOptions): ValidationIssue[] {
  if (database !== undefined) return [];
  const issues: ValidationIssue[] = [];
  if (adoptUnknownOrders === true) {
    const message = 'adoptUnknownOrders requires database, which stores adopted orders; set it, or leave this out';
    issues.push({ field: 'adoptUnknownOrders', message });
  }
  if (limitTimedOutOrders === true) {
    const message = 'limitTimedOutOrders requires database, whose orders it counts; set it, or leave this out';
    issues.push({ field: 'limitTimedOutOrders', message });
  }
  if ((reconcile?.recheckPaidDays ?? 0) > 0) {
    const message =
      'reconcile.recheckPaidDays requires database, which stores when orders were paid; set it, or leave this out';
    issues.push({ field: 'reconcile.recheckPaidDays', message });
  }
  return issues;
}
