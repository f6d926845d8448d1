/** How a variable is read: a list is separated by commas; a list by endpoint looks like `cashierOrder=60,query=120`. */
type VariableKind = 'text' | 'texts' | 'number' | 'flag' | 'texts by endpoint' | 'numbers by endpoint';

/** An environment variable and its option. */
export interface Variable {
  /** The option's path, such as `timeoutMs` or `reconcile.everyMs`. The variable's name is derived from it. */
  readonly option: string;
  readonly kind: VariableKind;
}

/** The options that can be set in the environment, except the merchants' apps. */
export const VARIABLES: readonly Variable[] = [
  { option: 'baseUrl', kind: 'text' },
  { option: 'notifyUrl', kind: 'text' },
  { option: 'returnUrl', kind: 'text' },
  { option: 'transferNotifyUrl', kind: 'text' },
  { option: 'currency', kind: 'text' },
  { option: 'timeoutMs', kind: 'number' },
  { option: 'retries', kind: 'number' },
  { option: 'maxRetryDelayMs', kind: 'number' },
  { option: 'circuitBreaker.failures', kind: 'number' },
  { option: 'circuitBreaker.halfOpenAfterMs', kind: 'number' },
  { option: 'maxConcurrent', kind: 'number' },
  { option: 'maxQueued', kind: 'number' },
  { option: 'requestsPerMinute', kind: 'numbers by endpoint' },
  { option: 'transport.adapter', kind: 'text' },
  { option: 'transport.proxy', kind: 'text' },
  { option: 'transport.http2', kind: 'flag' },
  { option: 'transport.connectTimeoutMs', kind: 'number' },
  { option: 'transport.headersTimeoutMs', kind: 'number' },
  { option: 'transport.bodyTimeoutMs', kind: 'number' },
  { option: 'transport.keepAliveMs', kind: 'number' },
  { option: 'transport.maxResponseBytes', kind: 'number' },
  { option: 'outcomes.leaseMs', kind: 'number' },
  { option: 'outcomes.busyWaitMs', kind: 'number' },
  { option: 'reconcile.enabled', kind: 'flag' },
  { option: 'reconcile.afterMs', kind: 'number' },
  { option: 'reconcile.everyMs', kind: 'number' },
  { option: 'reconcile.maxDelayMs', kind: 'number' },
  { option: 'reconcile.perMinute', kind: 'number' },
  { option: 'reconcile.batchSize', kind: 'number' },
  { option: 'reconcile.recheckPaidDays', kind: 'number' },
  { option: 'merchantCache.max', kind: 'number' },
  { option: 'merchantCache.ttlMs', kind: 'number' },
  { option: 'confirmNotify', kind: 'text' },
  { option: 'allowedNotifyAddresses', kind: 'texts' },
  { option: 'requestFormat', kind: 'text' },
  { option: 'versions', kind: 'texts by endpoint' },
  { option: 'transferExtParamName', kind: 'text' },
  { option: 'allowReservedFields', kind: 'flag' },
  { option: 'allowInsecureHttp', kind: 'flag' },
];

/** Options that can be set only in code: application objects, options that belong to them, and deeply nested ones. */
export const CODE_ONLY_OPTIONS: readonly string[] = [
  'merchantResolver',
  'merchantOrders',
  'inbox',
  'outcomeQueue',
  'transport',
  'database',
  'databaseLimits',
  'databaseTables',
  'adoptUnknownOrders',
  'limitTimedOutOrders',
  'keepDays',
];

/** The variables of the merchants' apps, without their prefix: one app, or several as JSON. */
export const MERCHANT_VARIABLES = {
  mchNo: 'MCH_NO',
  appId: 'APP_ID',
  secret: 'SECRET',
  secretFile: 'SECRET_FILE',
  merchants: 'MERCHANTS',
  merchantsFile: 'MERCHANTS_FILE',
} as const;

/** The variable of an option: `reconcile.everyMs` is `RECONCILE_EVERY_MS`, after the prefix. */
export function variableName(option: string, prefix: string): string {
  return prefix + option.replaceAll('.', '_').replaceAll(/[A-Z]/g, '_$&').toUpperCase();
}
