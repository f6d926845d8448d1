import { Pass2PayConfigError } from '../errors/pass2pay.errors.js';
import type { OrderState } from '../protocol/order-state.js';
import type { TransferState } from '../protocol/transfer-state.js';
import type { Mismatch } from './order-matcher.js';
import type { PaymentOutcome, TransferOutcome } from './outcome.js';

/** What a method handles; without states, all states. */
export type HandlerMetadata =
  | ({ kind: 'payment'; states: readonly OrderState[] } & Partial<HandlerOptions>)
  | ({ kind: 'transfer'; states: readonly TransferState[] } & Partial<HandlerOptions>)
  | { kind: 'mismatch' };

/** When a handler runs. Default: in the outcome's transaction or, without a database, before the acknowledgement. */
export interface HandlerOptions {
  /**
   * Runs the handler after the outcome's transaction has committed, for effects that a database cannot roll back, such
   * as mail, an HTTP request or a job in another queue. It gets no `tx`, does not delay the acknowledgement and cannot
   * undo the outcome.
   *
   * It runs at least once. If it throws, or takes longer than `databaseLimits.handlerTimeoutMs`, it is retried with
   * growing delays, at most `databaseLimits.maxAttempts` times; then its work is kept as dead. The outcomes of one
   * order arrive one at a time, in the order in which they were applied. Pending work is stored under the class and
   * method names. Requires the option `database`.
   */
  after: 'commit';
}

type MethodName = string | symbol;

const HANDLER_METADATA = Symbol('PASS2PAY_HANDLER');

/** The prototypes of all loaded classes with decorated methods. */
const decorated = new Set<object>();

/** Decorates a method with one argument of a kind. */
type HandlerDecorator<Argument> = <Handler extends (argument: Argument, tx: never) => unknown>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Handler>,
) => void;

/** Decorates a method with one argument and no transaction. */
type AfterCommitDecorator<Argument> = <Handler extends (argument: Argument) => unknown>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Handler>,
) => void;

/**
 * Makes a provider's method a handler of payment orders that reach one of the given states, or any state if none is
 * given. If it throws, the event is not acknowledged and will be redelivered: do everything in one repeatable
 * transaction. A subclass method that overrides a handler is a handler too, for the same states unless it is decorated
 * itself.
 *
 * @throws Pass2PayConfigError when it does not decorate an instance method, but a static method, a property with a
 * function, or an accessor.
 */
export function OnPayment(...states: OrderState[]): HandlerDecorator<PaymentOutcome>;
/** Same, after the commit: `@OnPayment(OrderState.Success, { after: 'commit' })`. */
export function OnPayment(
  ...given: [...states: OrderState[], options: HandlerOptions]
): AfterCommitDecorator<PaymentOutcome>;
export function OnPayment(...given: (OrderState | HandlerOptions)[]): HandlerDecorator<PaymentOutcome> {
  return handler('@OnPayment()', { kind: 'payment', ...readGiven(given) });
}

/** Same as `@OnPayment`, for transfers. */
export function OnTransfer(...states: TransferState[]): HandlerDecorator<TransferOutcome>;
/** Same, after the commit: `@OnTransfer(TransferState.Success, { after: 'commit' })`. */
export function OnTransfer(
  ...given: [...states: TransferState[], options: HandlerOptions]
): AfterCommitDecorator<TransferOutcome>;
export function OnTransfer(...given: (TransferState | HandlerOptions)[]): HandlerDecorator<TransferOutcome> {
  return handler('@OnTransfer()', { kind: 'transfer', ...readGiven(given) });
}

/**
 * Makes a provider's method a handler of events that do not match the merchant's order and need attention. Such an
 * event is acknowledged and reaches no other handler.
 */
export function OnMismatch(): HandlerDecorator<Mismatch> {
  return handler('@OnMismatch()', { kind: 'mismatch' });
}

function readGiven<State>(given: readonly (State | HandlerOptions)[]) {
  const isOptions = (each: State | HandlerOptions): each is HandlerOptions => typeof each === 'object';
  return {
    states: given.filter((each): each is State => !isOptions(each)),
    ...(given.some(isOptions) && { after: 'commit' as const }),
  };
}

/** Stored by class and name, not on the function, because a decorator above this one may replace the function. */
function handler(decorator: string, metadata: HandlerMetadata): HandlerDecorator<never> {
  return (target, key, descriptor: PropertyDescriptor | undefined) => {
    if (typeof target === 'function' || typeof descriptor?.value !== 'function') {
      throw noInstanceMethod(decorator, target, key);
    }
    const own = ownHandlers(target) ?? new Map<MethodName, HandlerMetadata[]>();
    own.set(key, [...(own.get(key) ?? []), metadata]);
    Reflect.defineMetadata(HANDLER_METADATA, own, target);
    decorated.add(target);
  };
}

function noInstanceMethod(decorator: string, target: object, key: MethodName | undefined): Pass2PayConfigError {
  const type = typeof target === 'function' ? target : target.constructor;
  const field = key === undefined ? type.name : `${type.name}.${String(key)}`;
  const message = `${field} is not an instance method, and ${decorator} supports only instance methods: write it as a method of the class, not as a static method or a property with a function`;
  return new Pass2PayConfigError([{ field, message }]);
}

/**
 * What the methods of an object with this prototype handle, by method name; for an overridden method the nearest
 * decorator counts.
 */
export function handlersOfPrototype(prototype: unknown): ReadonlyMap<MethodName, readonly HandlerMetadata[]> {
  const found = new Map<MethodName, readonly HandlerMetadata[]>();
  for (const own of chainOf(prototype)) {
    for (const [key, metadata] of ownHandlers(own) ?? []) {
      if (!found.has(key)) found.set(key, metadata);
    }
  }
  return found;
}

/** The decorated classes that are not among the prototypes or their ancestors. */
export function undiscovered(
  prototypes: Iterable<object>,
): readonly { name: string; methods: readonly MethodName[] }[] {
  const discovered = new Set([...prototypes].flatMap((prototype) => [...chainOf(prototype)]));
  return [...decorated]
    .filter((prototype) => !discovered.has(prototype))
    .map((prototype) => ({ name: prototype.constructor.name, methods: [...ownHandlers(prototype)!.keys()] }));
}

function* chainOf(prototype: unknown): Generator<object> {
  for (let own = prototype; typeof own === 'object' && own !== null; own = Object.getPrototypeOf(own)) yield own;
}

function ownHandlers(prototype: object): Map<MethodName, readonly HandlerMetadata[]> | undefined {
  return Reflect.getOwnMetadata(HANDLER_METADATA, prototype) as Map<MethodName, HandlerMetadata[]> | undefined;
}
