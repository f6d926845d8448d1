/** The instrumentation scope of all spans and metrics. */
export const SCOPE = 'nestjs-pass2pay';

/** The metrics with their units and descriptions; docs/telemetry.md lists them. */
export const METRICS = {
  requestDuration: {
    name: 'pass2pay.client.request.duration',
    unit: 's',
    description: 'Time from sending a request to its verified response or its failure.',
  },
  calls: { name: 'pass2pay.client.calls', unit: '{call}', description: 'Calls to the gateway, by result.' },
  errors: {
    name: 'pass2pay.client.errors',
    unit: '{error}',
    description: 'Failed calls to the gateway, by error code.',
  },
  retries: {
    name: 'pass2pay.client.retries',
    unit: '{retry}',
    description: 'Retried queries and creates.',
  },
  unknownEnded: {
    name: 'pass2pay.creates.unknown.ended',
    unit: '{order}',
    description: 'Creates with an unknown outcome, by how it was resolved.',
  },
  breaker: {
    name: 'pass2pay.client.circuit_breaker.state',
    unit: '',
    description: 'State of the circuit breaker. 0: closed; 1: half-open; 2: open.',
  },
  notifies: {
    name: 'pass2pay.notifies',
    unit: '{notify}',
    description: 'Received notifies, by result.',
  },
  outcomes: {
    name: 'pass2pay.outcomes',
    unit: '{outcome}',
    description: 'Events of orders and transfers, by result.',
  },
  lag: {
    name: 'pass2pay.outcome.lag',
    unit: 's',
    description: 'Time from the payment (or, if unknown, from the writing of its notify) until its handlers completed.',
  },
  handlerDuration: { name: 'pass2pay.handler.duration', unit: 's', description: 'Duration of one handler.' },
  reconciled: {
    name: 'pass2pay.reconciled',
    unit: '{order}',
    description: 'Orders that the reconciler queried, by result.',
  },
  queueJobs: { name: 'pass2pay.queue.jobs', unit: '{job}', description: 'Events in the queue, by state.' },
  databaseUp: {
    name: 'pass2pay.database.up',
    unit: '',
    description: '1 while the database is reachable, otherwise 0.',
  },
  databaseWork: {
    name: 'pass2pay.database.work',
    unit: '{row}',
    description: 'Pending and dead outcomes and after-commit work.',
  },
  databaseLag: {
    name: 'pass2pay.database.lag',
    unit: 's',
    description: 'How long the most overdue pending work, or order to query, has been due.',
  },
  databaseSchema: {
    name: 'pass2pay.database.schema.version',
    unit: '',
    description: 'Version of the database schema.',
  },
  unknownCreates: {
    name: 'pass2pay.orders.unknown_creates',
    unit: '{order}',
    description: 'Creates with an unknown outcome.',
  },
  oldestPending: {
    name: 'pass2pay.orders.oldest_pending',
    unit: 's',
    description: 'Age of the oldest order without a final state.',
  },
} as const;

/** The names of the spans. The span of a request is named `POST` plus its path. */
export const SPANS = {
  create: 'pass2pay.create',
  notify: 'pass2pay.notify',
  outcome: 'pass2pay.outcome',
  handler: 'pass2pay.handler',
  reconcile: 'pass2pay.reconcile',
  enqueue: 'pass2pay.enqueue',
  process: 'pass2pay.process',
} as const;

/** The names of the module's attributes; all others follow OpenTelemetry's semantic conventions. */
export const ATTRIBUTES = {
  /** The endpoint's name, such as `cashierOrder`, or its path if it has no name here. */
  endpoint: 'pass2pay.endpoint',
  /** `ok` or the error's code; for a create `made`, `recovered` or the error's code. */
  outcome: 'pass2pay.outcome',
  /** `create` or `query`. */
  operation: 'pass2pay.operation',
  /** Number of times that a create was resent. */
  retries: 'pass2pay.retries',
  /** How the unknown outcome of a create was resolved: `create`, `query`, `notify` or `never-made`. */
  by: 'pass2pay.by',
  /** The code of the gateway's refusal. */
  gatewayCode: 'pass2pay.gateway.code',
  /** The gateway's request ID. */
  traceId: 'pass2pay.gateway.trace_id',
  mchNo: 'pass2pay.mch_no',
  appId: 'pass2pay.app_id',
  mchOrderNo: 'pass2pay.mch_order_no',
  /** The name of the module's instance; `default` if it has none. */
  instance: 'pass2pay.instance',
  /** `payment` or `transfer`. */
  kind: 'pass2pay.kind',
  /** The number of the order's state. */
  state: 'pass2pay.state',
  /** The result of a notify, of an event, or of querying an order. */
  result: 'pass2pay.result',
  /** Why a notify was refused. */
  reason: 'pass2pay.reason',
  /** Whether a payment arrived after its order had failed or closed. */
  late: 'pass2pay.late',
  /** A handler's class and method. */
  handler: 'pass2pay.handler',
  /** The name of the queue. */
  queue: 'pass2pay.queue',
  /** The state of jobs in the queue. */
  jobState: 'pass2pay.job.state',
  /** `outcome`, `after-commit` or, for the lag, `reconcile`. */
  work: 'pass2pay.work',
  /** `received`, `failed` or `dead`; for after-commit work `pending` or `dead`. */
  workState: 'pass2pay.work.state',
} as const;
