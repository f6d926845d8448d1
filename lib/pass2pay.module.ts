import { HttpModule, HttpService } from '@nestjs/axios';
import {
  Logger,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type InjectionToken,
  type Provider,
  type Type,
} from '@nestjs/common';
import { DiscoveryModule, ModulesContainer } from '@nestjs/core';
import { CashierOrderPipe } from './nest/cashier-order.pipe.js';
import { CashierService } from './payments/cashier.service.js';
import { BreakerGauge } from './client/breaker-gauge.js';
import { Pass2PayOutcomes } from './database/audit/pass2pay-outcomes.js';
import { AfterCommitTable } from './database/after-commit/after-commit-table.js';
import { AfterCommitWork } from './database/after-commit/after-commit-work.js';
import { CheckoutTable } from './database/checkout/checkout-table.js';
import { DatabaseDelivery } from './database/outcomes/database-delivery.js';
import { DatabaseMemory } from './database/outcomes/database-memory.js';
import { DueOutcomes } from './database/outcomes/due-outcomes.js';
import { Erasure } from './database/erasure/erasure.js';
import { ErasureWork } from './database/erasure/erasure-work.js';
import { FleetRate } from './database/orders/fleet-rate.js';
import { KnownMerchants } from './database/known-merchants.js';
import { LimitedDatabase } from './database/transaction/limited-database.js';
import { OrderImport } from './database/orders/order-import.js';
import { Pass2PayOrders } from './database/orders/pass2pay-orders.js';
import { StoredOrders } from './database/orders/stored-orders.js';
import { ReplayTable } from './database/replay/replay-table.js';
import { ReplayWork } from './database/replay/replay-work.js';
import { SqlReports } from './database/report/sql-reports.js';
import { OrderChecks } from './database/orders/order-checks.js';
import { SharedOrders } from './database/orders/shared-orders.js';
import { OrderTable } from './database/orders/order-table.js';
import { Backlog } from './database/backlog.js';
import { OutcomeTable } from './database/outcomes/outcome-table.js';
import { Sweeper, type DueWork } from './database/sweeper.js';
import { tablesOf } from './database/schema/schema-names.js';
import type { SqlDatabase } from './database/sql-database.js';
import { TimedOutOrders } from './database/orders/timed-out-orders.js';
import { UnknownOrders } from './database/orders/unknown-orders.js';
import { GatewayActivity } from './client/gateway-activity.js';
import { GatewayClient } from './client/gateway-client.js';
import { IdempotentCreate } from './client/idempotent-create.js';
import { CircuitBreaker } from './client/policies/circuit-breaker.js';
import { RequestLimits } from './client/policies/rate-limit.js';
import { Retries } from './client/policies/retry.js';
import { Pass2PayHealth } from './health/pass2pay-health.js';
import { Transport } from './client/transport/transport.js';
import { MerchantDirectory } from './merchants/merchant-directory.js';
import { SecretRotation } from './merchants/secret-rotation.js';
import { OUTCOMES_OPTIONS } from './outcomes/outcomes.options.js';
import { NotifyConfirmation } from './verification/notify-confirmation.js';
import { AllowedAddresses } from './notify/allowed-addresses.js';
import { NotifyEntrance } from './notify/notify-entrance.js';
import { NotifyRoute } from './notify/notify-route.js';
import { NotifyRouteModule } from './notify/notify-route.module.js';
import { RefusalLog } from './notify/refusal-log.js';
import { NotifyRouteCheck } from './notify/notify-route-check.js';
import { NotifyVerifier } from './verification/notify-verifier.js';
import { UnsignedLimit } from './verification/unsigned-limit.js';
import { Checkout } from './payments/checkout.js';
import { OrderCreation } from './payments/order-creation.js';
import { OrderWatch } from './payments/order-watch.js';
import { PaymentQuery } from './payments/payment-query.js';
import { HandlerExplorer } from './outcomes/handler-explorer.js';
import { onePerApplication } from './outcomes/per-application.js';
import { MemoryInbox } from './outcomes/memory-inbox.js';
import { longestCreateMs } from './client/create-time.js';
import type { OrderStore } from './client/order-store.js';
import { CreateNotes } from './outcomes/create-notes.js';
import { DueOrders } from './outcomes/due-orders.js';
import { KnownEvents } from './outcomes/known-events.js';
import { OrderMatcher } from './outcomes/order-matcher.js';
import { OrderTurns } from './outcomes/order-turns.js';
import { InboxDelivery } from './outcomes/inbox-delivery.js';
import { OutcomeDelivery } from './outcomes/outcome-delivery.js';
import { InboxMemory, OutcomeMemory } from './outcomes/outcome-memory.js';
import { NoReports, OutcomeReports } from './outcomes/outcome-report.js';
import { OutcomeHandlers } from './outcomes/outcome-handlers.js';
import { OutcomeProcessor } from './outcomes/outcome-processor.js';
import { OutcomeLifecycle } from './outcomes/outcome-lifecycle.js';
import { INBOX, type Inbox } from './outcomes/inbox.js';
import { PendingOrders } from './outcomes/pending-orders.js';
import { ProcessingWatches } from './outcomes/processing-watch.js';
import { Reconciler } from './outcomes/reconciler.js';
import { PaymentService } from './payments/payment.service.js';
import { TransferQuery } from './transfers/transfer-query.js';
import { TransferService } from './transfers/transfer.service.js';
import {
  ASYNC_OPTIONS_TYPE,
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  OPTIONS_TYPE,
  type Pass2PayModuleExtras,
} from './pass2pay.module-definition.js';
import { resolveOptions, withHiddenSecrets, type Pass2PayOptions, type ResolvedOptions } from './pass2pay.options.js';
import { checkRegistrations } from './pass2pay.registrations.js';
import {
  getPass2PayOptionsToken,
  getPass2PayPortToken,
  getPass2PayToken,
  REGISTRATION,
  RESOLVED_OPTIONS,
  type Pass2PayPort,
} from './pass2pay.tokens.js';

const EXPORTED: readonly Type[] = [
  CashierService,
  PaymentService,
  TransferService,
  GatewayClient,
  OutcomeProcessor,
  Reconciler,
  NotifyVerifier,
  NotifyEntrance,
  CashierOrderPipe,
  SecretRotation,
  Pass2PayHealth,
  Pass2PayOrders,
  Pass2PayOutcomes,
];

/** The Pass2Pay module. Import it once with `forRoot` or `forRootAsync`. */
@Module({})
export class Pass2PayModule extends ConfigurableModuleClass {
  /** Registers the module with static options. They are validated when the application starts. */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    return assemble(super.forRoot(options), options);
  }

  /** Registers the module with options from a factory, a class or an existing provider. */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return assemble(super.forRootAsync(options), options);
  }
}

function assemble(definition: DynamicModule, extras: Pass2PayModuleExtras): DynamicModule {
  const { isGlobal, name, notifyPath, transferNotifyPath } = extras;
  const registration = { provide: REGISTRATION, useValue: { name, notifyPath, transferNotifyPath } };
  return {
    ...definition,
    global: isGlobal ?? false,
    // With a factory, because each application needs its own axios instance: a bare HttpModule shares one with the
    // whole process, and `register` one with all applications that use the same module.
    imports: [
      ...(definition.imports ?? []),
      HttpModule.registerAsync({ useFactory: () => ({}) }),
      DiscoveryModule,
      ...(notifyPath === undefined && transferNotifyPath === undefined
        ? []
        : [{ module: NotifyRouteModule, providers: [registration] }]),
    ],
    providers: [
      ...(definition.providers ?? []).map(withHiddenOptions),
      registration,
      ...providers(name),
      ...aliases(name),
    ],
    exports:
      name === undefined ? [...EXPORTED, RESOLVED_OPTIONS] : EXPORTED.map((type) => getPass2PayToken(type, name)),
  };
}

/** Provides the options in a form that hides secrets when printed. */
function withHiddenOptions(provider: Provider): Provider {
  if (typeof provider !== 'object' || provider.provide !== MODULE_OPTIONS_TOKEN) return provider;
  if ('useValue' in provider) return { ...provider, useValue: withHiddenSecrets(provider.useValue as Pass2PayOptions) };
  const { useFactory, ...rest } = provider as FactoryProvider<Pass2PayOptions>;
  return { ...rest, useFactory: async (...injected: unknown[]) => withHiddenSecrets(await useFactory(...injected)) };
}

/** The token of the merchant's database, with the module's connection limit; undefined without one. */
const DATABASE = Symbol('PASS2PAY_DATABASE');

/** The token of the `OrderStore` in which creates are stored. */
const ORDER_STORE = Symbol('PASS2PAY_ORDER_STORE');

const PORTS: readonly Pass2PayPort[] = ['merchantOrders', 'inbox', 'outcomeQueue', 'merchantResolver'];

/** Providers shared by all instances of the module in an application. */
const SHARED: readonly Provider[] = [
  onePerApplication(HandlerExplorer, (modules) => new HandlerExplorer(modules)),
  onePerApplication(ProcessingWatches, () => new ProcessingWatches()),
];

function providers(name: string | undefined): Provider[] {
  return [
    // Undefined unless a test replaces it. The objects in the options are not provided here, because Nest would call
    // their hooks twice.
    ...PORTS.map((port) => ({ provide: getPass2PayPortToken(port, name), useValue: undefined })),
    {
      provide: RESOLVED_OPTIONS,
      inject: [
        ModulesContainer,
        getPass2PayOptionsToken(name),
        ...PORTS.map((port) => getPass2PayPortToken(port, name)),
      ],
      useFactory: (modules: ModulesContainer, options: Pass2PayOptions, ...replaced: unknown[]) => {
        checkRegistrations(modules, name);
        return resolveOptions(withReplaced(options, replaced), name);
      },
    },
    {
      provide: MerchantDirectory,
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ merchants, merchantResolver, merchantCache }: ResolvedOptions) =>
        new MerchantDirectory(merchants, merchantResolver, merchantCache),
    },
    {
      provide: SecretRotation,
      useFactory: () => {
        const logger = new Logger('Pass2PaySecrets');
        return new SecretRotation((message) => logger.warn(message));
      },
    },
    {
      provide: BreakerGauge,
      inject: [CircuitBreaker],
      useFactory: (breaker: CircuitBreaker) => new BreakerGauge(breaker, name),
    },
    plain(CircuitBreaker, RESOLVED_OPTIONS),
    plain(Retries, RESOLVED_OPTIONS),
    plain(RequestLimits, RESOLVED_OPTIONS),
    plain(GatewayActivity),
    {
      provide: Transport,
      inject: [HttpService, RESOLVED_OPTIONS],
      useFactory: ({ axiosRef }: HttpService, options: ResolvedOptions) => new Transport(axiosRef, options),
    },
    {
      provide: GatewayClient,
      inject: [
        MerchantDirectory,
        RESOLVED_OPTIONS,
        SecretRotation,
        Retries,
        RequestLimits,
        GatewayActivity,
        CircuitBreaker,
        Transport,
      ],
      useFactory: (
        merchants: MerchantDirectory,
        options: ResolvedOptions,
        rotation: SecretRotation,
        retries: Retries,
        limits: RequestLimits,
        activity: GatewayActivity,
        breaker: CircuitBreaker,
        transport: Transport,
      ) => new GatewayClient(merchants, { options, rotation, retries, limits, activity, breaker, transport }),
    },
    plain(IdempotentCreate, Retries),
    plain(PaymentQuery, GatewayClient),
    {
      provide: OrderCreation,
      inject: [GatewayClient, PaymentQuery, IdempotentCreate, RESOLVED_OPTIONS, ORDER_STORE, OutcomeDelivery],
      useFactory: (
        gateway: GatewayClient,
        query: PaymentQuery,
        outcome: IdempotentCreate,
        { database }: ResolvedOptions,
        store: OrderStore,
        sink: OutcomeDelivery,
      ) => {
        const ports = { store, ...(database && { sink }), warn: warning('Pass2PayPayments') };
        return new OrderCreation(gateway, query, outcome, ports);
      },
    },
    {
      provide: ORDER_STORE,
      inject: [DATABASE, RESOLVED_OPTIONS, CreateNotes],
      useFactory: (database: SqlDatabase | undefined, options: ResolvedOptions, notes: CreateNotes): OrderStore => {
        if (database === undefined) return notes;
        const { databaseTables, databaseLimits, timeoutMs, reconcile, limitTimedOutOrders } = options;
        const tables = tablesOf(databaseTables);
        const times = {
          ...databaseLimits,
          longestMs: longestCreateMs(options),
          waitMs: timeoutMs,
          afterMs: reconcile.afterMs,
        };
        const limit = limitTimedOutOrders ? new TimedOutOrders(database, tables, name ?? '') : undefined;
        return new OrderTable(database, tables, name ?? '', times, limit);
      },
    },
    CreateNotes,
    plain(OrderWatch, PaymentQuery),
    {
      provide: Checkout,
      inject: [DATABASE, RESOLVED_OPTIONS, PaymentQuery, OutcomeDelivery],
      useFactory: (
        database: SqlDatabase | undefined,
        { databaseLimits, databaseTables }: ResolvedOptions,
        query: PaymentQuery,
        sink: OutcomeDelivery,
      ) => {
        if (database === undefined) return undefined;
        const store = new CheckoutTable(database, tablesOf(databaseTables), name ?? '', databaseLimits);
        return new Checkout(query, { store, sink, warn: warning('Pass2PayPayments') });
      },
    },
    plain(CashierService, GatewayClient, PaymentQuery, OrderCreation, OrderWatch, RESOLVED_OPTIONS, Checkout),
    plain(PaymentService, GatewayClient, PaymentQuery, OrderCreation, OrderWatch, RESOLVED_OPTIONS),
    plain(TransferQuery, GatewayClient),
    {
      provide: TransferService,
      inject: [GatewayClient, TransferQuery, IdempotentCreate, RESOLVED_OPTIONS, ORDER_STORE],
      useFactory: (
        gateway: GatewayClient,
        query: TransferQuery,
        outcome: IdempotentCreate,
        options: ResolvedOptions,
        store: OrderStore,
      ) => new TransferService(gateway, query, outcome, options, { store, warn: warning('Pass2PayTransfers') }),
    },
    CashierOrderPipe,
    { provide: OUTCOMES_OPTIONS, useExisting: RESOLVED_OPTIONS },
    {
      provide: UnsignedLimit,
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ reconcile }: ResolvedOptions) => new UnsignedLimit(reconcile.perMinute / 10),
    },
    plain(NotifyConfirmation, PaymentQuery, TransferQuery, RESOLVED_OPTIONS, UnsignedLimit),
    {
      provide: NotifyVerifier,
      inject: [MerchantDirectory, SecretRotation, NotifyConfirmation, KnownEvents],
      useFactory: (
        merchants: MerchantDirectory,
        rotation: SecretRotation,
        confirmation: NotifyConfirmation,
        repetitions: KnownEvents,
      ) => {
        const logger = new Logger('Pass2PayNotify');
        const warn = (message: string) => logger.warn(message);
        return new NotifyVerifier(merchants, rotation, confirmation, { repetitions, warn });
      },
    },
    ...SHARED,
    RefusalLog,
    AllowedAddresses,
    NotifyEntrance,
    NotifyRoute,
    NotifyRouteCheck,
    {
      provide: INBOX,
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ inbox }: ResolvedOptions) => inbox ?? new MemoryInbox(),
    },
    OrderTurns,
    KnownEvents,
    OrderMatcher,
    OutcomeHandlers,
    InboxDelivery,
    ...databaseProviders(name),
    OutcomeProcessor,
    {
      provide: DueOrders,
      inject: [DATABASE, RESOLVED_OPTIONS, KnownMerchants, OutcomeMemory, MerchantDirectory],
      useFactory: (
        database: SqlDatabase | undefined,
        options: ResolvedOptions,
        known: KnownMerchants,
        memory: OutcomeMemory,
        merchants: MerchantDirectory,
      ): DueOrders =>
        database ? sharedOrders(database, options, known, name ?? '') : new PendingOrders(memory, merchants, options),
    },
    Reconciler,
    OutcomeLifecycle,
    plain(Pass2PayHealth, GatewayClient, GatewayActivity, CircuitBreaker, INBOX, RESOLVED_OPTIONS, Backlog),
  ];
}

/** With a database, outcomes are applied in its transactions, and failed ones are retried. */
function databaseProviders(name: string | undefined): Provider[] {
  return [
    {
      provide: DATABASE,
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ database, databaseLimits }: ResolvedOptions) =>
        database && new LimitedDatabase(database, databaseLimits),
    },
    {
      provide: OutcomeTable,
      inject: [RESOLVED_OPTIONS],
      useFactory: ({ database, databaseTables, reconcile }: ResolvedOptions) =>
        database && new OutcomeTable(database.dialect, tablesOf(databaseTables), name ?? '', reconcile.recheckPaidDays),
    },
    {
      provide: AfterCommitTable,
      inject: [DATABASE, RESOLVED_OPTIONS],
      useFactory: (database: SqlDatabase | undefined, { databaseTables }: ResolvedOptions) =>
        database && new AfterCommitTable(database, tablesOf(databaseTables), name ?? ''),
    },
    {
      provide: Backlog,
      inject: [DATABASE, RESOLVED_OPTIONS],
      useFactory: (database: SqlDatabase | undefined, { databaseTables }: ResolvedOptions) =>
        database && new Backlog(database, tablesOf(databaseTables), name),
    },
    {
      provide: OutcomeMemory,
      inject: [DATABASE, RESOLVED_OPTIONS, INBOX],
      useFactory: (
        database: SqlDatabase | undefined,
        { databaseTables }: ResolvedOptions,
        inbox: Inbox,
      ): OutcomeMemory =>
        database ? new DatabaseMemory(database, tablesOf(databaseTables), name ?? '') : new InboxMemory(inbox),
    },
    {
      provide: OutcomeReports,
      inject: [RESOLVED_OPTIONS],
      // Without the module's time limit, because a long period may take longer than an outcome's statement.
      useFactory: ({ database, databaseTables }: ResolvedOptions): OutcomeReports =>
        database ? new SqlReports(database, tablesOf(databaseTables), name ?? '') : new NoReports(),
    },
    {
      provide: Pass2PayOrders,
      inject: [DATABASE, RESOLVED_OPTIONS, MerchantDirectory, Erasure],
      useFactory: (
        database: SqlDatabase | undefined,
        { databaseLimits, databaseTables }: ResolvedOptions,
        merchants: MerchantDirectory,
        erasure: Erasure,
      ) => {
        if (database === undefined) return new Pass2PayOrders(undefined, merchants);
        const tables = tablesOf(databaseTables);
        const imports = new OrderImport(database, tables, name ?? '', databaseLimits);
        const stored = new StoredOrders(database, tables, name ?? '');
        return new Pass2PayOrders({ imports, stored, erasure }, merchants);
      },
    },
    {
      provide: Erasure,
      inject: [DATABASE, RESOLVED_OPTIONS],
      useFactory: (database: SqlDatabase | undefined, { databaseLimits, databaseTables }: ResolvedOptions) =>
        database && new Erasure(database, tablesOf(databaseTables), name ?? '', databaseLimits),
    },
    {
      provide: ErasureWork,
      inject: [Erasure, RESOLVED_OPTIONS],
      useFactory: (erasure: Erasure | undefined, { keepDays }: ResolvedOptions) =>
        erasure && new ErasureWork(erasure, keepDays),
    },
    {
      provide: UnknownOrders,
      inject: [MerchantDirectory, PaymentQuery, TransferQuery, OrderMatcher, RESOLVED_OPTIONS],
      useFactory: (
        merchants: MerchantDirectory,
        payments: PaymentQuery,
        transfers: TransferQuery,
        matcher: OrderMatcher,
        { adoptUnknownOrders, merchantOrders }: ResolvedOptions,
      ) =>
        new UnknownOrders(
          { merchants, payments, transfers, matcher },
          { isAdopting: adoptUnknownOrders, hasMerchantOrders: merchantOrders !== undefined },
        ),
    },
    {
      provide: OutcomeDelivery,
      inject: [
        DATABASE,
        RESOLVED_OPTIONS,
        InboxDelivery,
        OutcomeHandlers,
        OutcomeTable,
        UnknownOrders,
        OrderTurns,
        KnownEvents,
        AfterCommitWork,
      ],
      useFactory: (
        database: SqlDatabase | undefined,
        { databaseLimits, outcomes }: ResolvedOptions,
        inbox: InboxDelivery,
        handlers: OutcomeHandlers,
        table: OutcomeTable,
        unknown: UnknownOrders,
        turns: OrderTurns,
        known: KnownEvents,
        afterCommit: AfterCommitWork,
      ) => {
        const queueing = { turns, known, busyWaitMs: outcomes.busyWaitMs };
        return database
          ? new DatabaseDelivery(database, table, handlers, unknown, queueing, afterCommit, databaseLimits)
          : inbox;
      },
    },
    plain(KnownMerchants, MerchantDirectory),
    {
      provide: AfterCommitWork,
      inject: [DATABASE, RESOLVED_OPTIONS, AfterCommitTable, OutcomeHandlers, KnownMerchants],
      useFactory: (
        database: SqlDatabase | undefined,
        { databaseLimits }: ResolvedOptions,
        table: AfterCommitTable,
        handlers: OutcomeHandlers,
        merchants: KnownMerchants,
      ) => database && new AfterCommitWork(database, table, handlers, merchants, databaseLimits),
    },
    {
      provide: DueOutcomes,
      inject: [DATABASE, RESOLVED_OPTIONS, OutcomeTable, OutcomeDelivery, OutcomeHandlers, KnownMerchants],
      useFactory: (
        database: SqlDatabase | undefined,
        { databaseLimits }: ResolvedOptions,
        table: OutcomeTable,
        delivery: OutcomeDelivery,
        handlers: OutcomeHandlers,
        merchants: KnownMerchants,
      ) => database && new DueOutcomes(database, table, delivery, handlers, merchants, databaseLimits),
    },
    {
      provide: Pass2PayOutcomes,
      inject: [DATABASE, RESOLVED_OPTIONS],
      useFactory: (database: SqlDatabase | undefined, { databaseLimits: limits, databaseTables }: ResolvedOptions) => {
        const place = database && { database, tables: tablesOf(databaseTables), instance: name ?? '', limits };
        return new Pass2PayOutcomes(place);
      },
    },
    {
      provide: ReplayWork,
      inject: [DATABASE, RESOLVED_OPTIONS, OutcomeHandlers, AfterCommitWork, KnownMerchants],
      useFactory: (
        database: SqlDatabase | undefined,
        { databaseLimits, databaseTables }: ResolvedOptions,
        handlers: OutcomeHandlers,
        afterCommit: AfterCommitWork,
        merchants: KnownMerchants,
      ) => {
        if (database === undefined) return undefined;
        const table = new ReplayTable(database, tablesOf(databaseTables), name ?? '');
        return new ReplayWork(database, table, handlers, afterCommit, merchants, databaseLimits);
      },
    },
    {
      provide: Sweeper,
      inject: [DATABASE, RESOLVED_OPTIONS, DueOutcomes, AfterCommitWork, ReplayWork, ErasureWork],
      useFactory: (
        database: SqlDatabase | undefined,
        { databaseLimits, databaseTables }: ResolvedOptions,
        ...work: DueWork[]
      ) => database && new Sweeper(database, work, { ...databaseLimits, ...databaseTables }),
    },
  ];
}

function sharedOrders(
  database: SqlDatabase,
  { databaseLimits, databaseTables, reconcile }: ResolvedOptions,
  merchants: KnownMerchants,
  instance: string,
): SharedOrders {
  const tables = tablesOf(databaseTables);
  const checks = new OrderChecks(database, tables, instance);
  const rate = new FleetRate(database.dialect, tables, instance, reconcile.perMinute);
  return new SharedOrders({ database, checks, rate, merchants }, { ...databaseLimits, reconcile });
}

function warning(context: string): (message: string) => void {
  const logger = new Logger(context);
  return (message) => logger.warn(message);
}

/** Provides a class that is independent of Nest. */
function plain<Dependencies extends never[]>(
  type: new (...dependencies: Dependencies) => object,
  ...inject: { [Index in keyof Dependencies]: InjectionToken }
): Provider {
  return { provide: type, inject, useFactory: (...dependencies: Dependencies) => new type(...dependencies) };
}

function withReplaced(options: Pass2PayOptions, replaced: readonly unknown[]): Pass2PayOptions {
  const members = PORTS.flatMap((port, index) => {
    const value = replaced[index];
    return value === undefined ? [] : [[port, value ?? undefined] as const];
  });
  return members.length === 0 ? options : { ...options, ...Object.fromEntries(members) };
}

/** Under a unique name, so that instances do not hide each other when both are imported. */
function aliases(name: string | undefined): Provider[] {
  if (name === undefined) return [];
  return [
    { provide: getPass2PayOptionsToken(name), useExisting: MODULE_OPTIONS_TOKEN },
    ...EXPORTED.map((type) => ({ provide: getPass2PayToken(type, name), useExisting: type })),
  ];
}
