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

/** What `Pass2PayModule.forRoot` takes, and what a factory of `forRootAsync` returns. */
export interface Pass2PayOptions
  extends
    MerchantsOptions,
    ClientOptions,
    PaymentsOptions,
    TransfersOptions,
    NotifyOptions,
    OutcomesOptions,
    DatabaseOptions {}

/** The options with every default filled in. */
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

/** What a registration takes beside the options. */
const EXTRAS = ['isGlobal', 'name', 'notifyPath', 'transferNotifyPath'] as const;

const KNOWN_NAMES: ReadonlySet<string> = new Set([...OPTION_NAMES, ...EXTRAS]);

/** The options' defaults. */
export function defaultOptions(): Partial<Pass2PayOptions> {
  return Object.assign({}, ...ROOMS.map(({ type }) => new type())) as Partial<Pass2PayOptions>;
}

/**
 * The options as they were given, in a copy that shows no secret: Nest's REPL can print every provider, and these are one.
 */
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
 * Checks the options and fills in the defaults.
 *
 * @throws Pass2PayConfigError with every issue.
 */
export function resolveOptions(given: Pass2PayOptions, instance?: string): ResolvedOptions {
  if (!isObject(given)) {
    throw new Pass2PayConfigError([{ field: '', message: 'no options were given; return them from the factory' }]);
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

/** A factory is called too late for them. */
function extraIssues(given: object): ValidationIssue[] {
  return EXTRAS.filter((name) => Object.hasOwn(given, name)).map((name) => ({
    field: name,
    message: `${name} is not known among the options; Pass2PayModule.forRootAsync takes it beside useFactory`,
  }));
}

/** What the database does itself. */
const NEEDLESS = {
  // Outcomes would be acknowledged before the transaction that they are to take effect in.
  outcomeQueue:
    'outcomeQueue is needless with database, which keeps outcomes itself; leave it out, and give long work to a queue of your own from a handler',
  // Two memories of one order could contradict each other.
  inbox:
    'inbox is needless with database, which remembers what was applied in the transaction that applies it; leave it out, or leave out database',
} as const;

function needlessBesideDatabase(given: Pass2PayOptions): ValidationIssue[] {
  if (given.database === undefined) return [];
  return (['outcomeQueue', 'inbox'] as const)
    .filter((field) => given[field] !== undefined)
    .map((field) => ({ field, message: NEEDLESS[field] }));
}

/** The table of orders knows which of them have not ended. */
function neededWithoutDatabase({ database, merchantOrders }: Pass2PayOptions): ValidationIssue[] {
  if (database !== undefined || typeof merchantOrders?.find !== 'function') return [];
  if (typeof merchantOrders.pending === 'function') return [];
  const message =
    'merchantOrders must have the method pending, too, as long as there is no database; it names the orders to ask about';
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
    const message = 'adoptUnknownOrders needs database, which adopted orders are stored in; give it, or leave this out';
    issues.push({ field: 'adoptUnknownOrders', message });
  }
  if (limitTimedOutOrders === true) {
    const message = 'limitTimedOutOrders needs database, whose table of orders it counts; give it, or leave this out';
    issues.push({ field: 'limitTimedOutOrders', message });
  }
  if ((reconcile?.recheckPaidDays ?? 0) > 0) {
    const message =
      'reconcile.recheckPaidDays needs database, whose table says which orders were paid when; give it, or leave this out';
    issues.push({ field: 'reconcile.recheckPaidDays', message });
  }
  return issues;
}
