/** The instrumentation scope of all spans and metrics. */
export const SCOPE = 'nestjs-pass2pay';

/** The names of the metrics, with their units and what they count; docs/telemetry.md lists them. */
export const METRICS = {
  requestDuration: {
    name: 'pass2pay.client.request.duration',
    unit: 's',
    description: 'Time from sending a request to its verified answer, or its failure.',
  },
  calls: { name: 'pass2pay.client.calls', unit: '{call}', description: 'Calls of the gateway, by how they ended.' },
  errors: {
    name: 'pass2pay.client.errors',
    unit: '{error}',
    description: 'Calls of the gateway that failed, by code.',
  },
  retries: {
    name: 'pass2pay.client.retries',
    unit: '{retry}',
    description: 'Queries that were repeated, and creates that were sent again.',
  },
  unknownEnded: {
    name: 'pass2pay.creates.unknown.ended',
    unit: '{order}',
    description: 'Orders and transfers of which it was not known whether they exist, by what told.',
  },
  breaker: {
    name: 'pass2pay.client.circuit_breaker.state',
    unit: '',
    description: '0: requests are sent; 1: one is tried; 2: the gateway is left alone.',
  },
  notifies: {
    name: 'pass2pay.notifies',
    unit: '{notify}',
    description: 'Notifies that came in, by what became of them.',
  },
  outcomes: {
    name: 'pass2pay.outcomes',
    unit: '{outcome}',
    description: 'Events of orders and transfers, by what became of them.',
  },
  lag: {
    name: 'pass2pay.outcome.lag',
    unit: 's',
    description: 'Time from the payment, or else the writing of its notify, until its handlers were done.',
  },
  handlerDuration: { name: 'pass2pay.handler.duration', unit: 's', description: 'Time that one handler took.' },
  reconciled: {
    name: 'pass2pay.reconciled',
    unit: '{order}',
    description: 'Orders that the reconciler asked about, by what came of it.',
  },
  queueJobs: { name: 'pass2pay.queue.jobs', unit: '{job}', description: 'Events in the queue, by their state.' },
  databaseUp: {
    name: 'pass2pay.database.up',
    unit: '',
    description: '1 while the database answers, else 0.',
  },
  databaseWork: {
    name: 'pass2pay.database.work',
    unit: '{row}',
    description: 'Outcomes, and work after their commits, that are still to be done, or given up.',
  },
  databaseLag: {
    name: 'pass2pay.database.lag',
    unit: 's',
    description: 'For how long the most overdue of this work, and of the orders to ask about, has been due.',
  },
  databaseSchema: {
    name: 'pass2pay.database.schema.version',
    unit: '',
    description: 'The version of the tables in the database.',
  },
  unknownCreates: {
    name: 'pass2pay.orders.unknown_creates',
    unit: '{order}',
    description: 'Creates of which nobody knows whether the gateway has made the order.',
  },
  oldestPending: {
    name: 'pass2pay.orders.oldest_pending',
    unit: 's',
    description: 'Time since the oldest order was created whose end nobody knows.',
  },
} as const;

/** The names of the spans. A request's is `POST` and the path. */
export const SPANS = {
  create: 'pass2pay.create',
  notify: 'pass2pay.notify',
  outcome: 'pass2pay.outcome',
  handler: 'pass2pay.handler',
  reconcile: 'pass2pay.reconcile',
  enqueue: 'pass2pay.enqueue',
  process: 'pass2pay.process',
} as const;

/** The names of the module's own attributes; the others are those of OpenTelemetry's semantic conventions. */
export const ATTRIBUTES = {
  /** The endpoint's name, such as `cashierOrder`; the path of one that has no name here. */
  endpoint: 'pass2pay.endpoint',
  /** `ok`, or the error's code; of a create `made`, `recovered` or the error's code. */
  outcome: 'pass2pay.outcome',
  /** `create` or `query`. */
  operation: 'pass2pay.operation',
  /** How often a create was sent again. */
  retries: 'pass2pay.retries',
  /** What told the end of a create whose outcome was unknown: `create`, `query`, `notify` or `never-made`. */
  by: 'pass2pay.by',
  /** The number of the gateway's refusal. */
  gatewayCode: 'pass2pay.gateway.code',
  /** The gateway's own mark of the request. */
  traceId: 'pass2pay.gateway.trace_id',
  mchNo: 'pass2pay.mch_no',
  appId: 'pass2pay.app_id',
  mchOrderNo: 'pass2pay.mch_order_no',
  /** The name of the module's instance; `default` where it has none. */
  instance: 'pass2pay.instance',
  /** `payment` or `transfer`. */
  kind: 'pass2pay.kind',
  /** The number of the order's state. */
  state: 'pass2pay.state',
  /** What became of a notify, of an event, or of asking about an order. */
  result: 'pass2pay.result',
  /** Why a notify was refused. */
  reason: 'pass2pay.reason',
  /** Whether a payment came in after its order had failed or closed. */
  late: 'pass2pay.late',
  /** A handler's class and method. */
  handler: 'pass2pay.handler',
  /** The name of the queue. */
  queue: 'pass2pay.queue',
  /** The state of jobs in the queue. */
  jobState: 'pass2pay.job.state',
  /** `outcome`, `after-commit`, or of the lag `reconcile`. */
  work: 'pass2pay.work',
  /** `received`, `failed` or `dead`; of work after a commit `pending` or `dead`. */
  workState: 'pass2pay.work.state',
} as const;
