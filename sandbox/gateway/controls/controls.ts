import type { ApiSite } from '../api/api-site.js';
import { checkedStep, type SandboxClock } from '../clock/sandbox-clock.js';
import { checkedFault } from '../faults/check-fault.js';
import type { ActiveFault, Faults } from '../faults/faults.js';
import { type HttpResponse, jsonResponse, type SandboxRequest } from '../http/http-server.js';
import type { Journal, JournalFilter } from '../journal/journal.js';
import { journalStream } from '../journal/journal-stream.js';
import type { SandboxMerchant } from '../options.js';
import { type DialectName, ENTRY_NUMBERS, type EntryKind } from '../dialects/dialect.js';
import { type Desks, knownEntry } from '../orders/desks.js';
import { type Entry, subjectOf } from '../orders/entry.js';
import { REFUND_STATE, TRANSFER_STATE } from '../orders/order-state.js';
import type { SandboxOrder, SandboxRefund, SandboxTransfer } from '../orders/sandbox-order.js';

/** The parts of the sandbox that controls use. */
export interface Controlled {
  readonly clock: SandboxClock;
  readonly desks: Desks;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly api: ApiSite;
  readonly merchants: readonly SandboxMerchant[];
  readonly dialect: DialectName;
}

/** A control: a method, a path and their function. */
export interface Control {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** A segment that starts with `:` matches any text. */
  readonly path: string;
  readonly run: (
    sandbox: Controlled,
    request: SandboxRequest,
    params: Readonly<Record<string, string>>,
  ) => HttpResponse | Promise<HttpResponse>;
}

/** All controls. An invalid request throws a TypeError, which the site turns into a 400 response. */
export const CONTROLS: readonly Control[] = [
  ...entryControls('order'),
  deed('order', 'pay', ({ orders }, order) => orders.pay(order)),
  deed('order', 'fail', ({ orders }, order) => orders.fail(order)),
  deed('order', 'close', ({ orders }, order) => orders.close(order)),
  deed('order', 'pay-after-close', ({ orders }, order) => orders.payAfterClose(order)),
  deed('order', 'refund', ({ orders }, order) => orders.refund(order)),

  ...entryControls('transfer'),
  deed('transfer', 'succeed', ({ transfers }, transfer) => transfers.end(transfer, TRANSFER_STATE.success)),
  deed('transfer', 'fail', ({ transfers }, transfer) => transfers.end(transfer, TRANSFER_STATE.failed)),

  ...entryControls('refund'),
  deed('refund', 'succeed', ({ refunds }, refund) => refunds.end(refund, REFUND_STATE.success)),
  deed('refund', 'fail', ({ refunds }, refund) => refunds.end(refund, REFUND_STATE.failed)),

  { method: 'GET', path: '/sandbox/faults', run: ({ faults }) => jsonResponse(200, faults.list().map(shownFault)) },
  {
    method: 'POST',
    path: '/sandbox/faults',
    run: ({ faults }, request) => jsonResponse(201, shownFault(faults.inject(checkedFault(JSON.parse(request.body))))),
  },
  {
    method: 'DELETE',
    path: '/sandbox/faults',
    run: ({ faults }) => {
      faults.clear();
      return jsonResponse(200, {});
    },
  },
  {
    method: 'DELETE',
    path: '/sandbox/faults/:id',
    run: ({ faults }, _request, { id = '' }) =>
      faults.remove(Number(id))
        ? jsonResponse(200, {})
        : jsonResponse(404, { message: `No fault ${id} is active; GET /sandbox/faults lists the active ones` }),
  },

  {
    method: 'GET',
    path: '/sandbox/journal',
    run: ({ journal }, { query }) => jsonResponse(200, journal.since(seqOf(query.get('since')) ?? 0, filterOf(query))),
  },
  {
    method: 'GET',
    path: '/sandbox/events',
    run: ({ journal }, { query, headers }) =>
      journalStream(journal, seqOf(headers['last-event-id'] ?? query.get('since')), filterOf(query)),
  },
  { method: 'GET', path: '/sandbox/clock', run: ({ clock }) => jsonResponse(200, shownClock(clock)) },
  {
    method: 'POST',
    path: '/sandbox/clock/advance',
    run: async ({ clock }, { body }) => {
      await clock.advance(checkedStep((JSON.parse(body) as { ms?: unknown } | null)?.ms));
      return jsonResponse(200, shownClock(clock));
    },
  },
  { method: 'GET', path: '/sandbox/dialect', run: ({ dialect }) => jsonResponse(200, { dialect }) },
  { method: 'GET', path: '/sandbox/requests', run: ({ api }) => jsonResponse(200, api.requests) },
  {
    method: 'GET',
    path: '/sandbox/merchants',
    run: ({ merchants }) =>
      jsonResponse(
        200,
        merchants.map(({ secret: _secret, ...shown }) => shown),
      ),
  },
];

interface Kinds {
  readonly order: SandboxOrder;
  readonly transfer: SandboxTransfer;
  readonly refund: SandboxRefund;
}

/** The controls that every kind has: reading it, and resending its notify. */
function entryControls(kind: EntryKind): Control[] {
  const entry = entryPath(kind);
  return [
    { method: 'GET', path: `/sandbox/${kind}s`, run: ({ desks }) => jsonResponse(200, desks[`${kind}s`].ledger.all()) },
    onEntry('GET', entry, kind, (_sandbox, { of }) => of),
    onEntry('GET', `${entry}/notify-attempts`, kind, ({ desks }, found) => desks.announcer.attempts(found)),
    onEntry('GET', `${entry}/journal`, kind, ({ journal }, found) => {
      const { mchNo, mchOrderNo } = subjectOf(found);
      return journal.of(kind, mchNo, mchOrderNo);
    }),
    onEntry('POST', `${entry}/resend-notify`, kind, ({ desks }, found) => {
      desks.announcer.resend(found);
      return found.of;
    }),
  ];
}

function deed<K extends EntryKind>(kind: K, name: string, run: (desks: Desks, of: Kinds[K]) => void): Control {
  return onEntry('POST', `${entryPath(kind)}/${name}`, kind, ({ desks }, { of }) => {
    run(desks, of as Kinds[K]);
    return of;
  });
}

function onEntry(
  method: Control['method'],
  path: string,
  kind: EntryKind,
  view: (sandbox: Controlled, entry: Entry) => unknown,
): Control {
  return {
    method,
    path,
    run: (sandbox, { query }, { mchOrderNo, mchRefundNo }) => {
      const number = mchOrderNo ?? mchRefundNo ?? '';
      return jsonResponse(200, view(sandbox, knownEntry(sandbox.desks, kind, number, query.get('mchNo') ?? undefined)));
    },
  };
}

function entryPath(kind: EntryKind): string {
  return `/sandbox/${kind}s/:${ENTRY_NUMBERS[kind].number}`;
}

/** `nextAt`: the time of the next attempt, expiry or delayed response, or null. Times are in ms since 1970. */
function shownClock(clock: SandboxClock): Record<string, unknown> {
  return { mode: clock.mode, now: clock.now(), nextAt: clock.nextAt ?? null };
}

/** `remaining` is null if it is unlimited, because JSON has no infinity. */
function shownFault({ id, remaining, fault }: ActiveFault): Record<string, unknown> {
  return { id, remaining: Number.isFinite(remaining) ? remaining : null, fault };
}

function filterOf(query: URLSearchParams): JournalFilter {
  const mchNo = query.get('mchNo') || undefined;
  const mchOrderNo = query.get('mchOrderNo') || undefined;
  const kind = query.get('kind') || undefined;
  if (kind !== undefined && !isKind(kind)) throw new TypeError('kind must be order, transfer or refund');
  return { kind, mchNo, mchOrderNo };
}

function isKind(kind: string): kind is EntryKind {
  return Object.hasOwn(ENTRY_NUMBERS, kind);
}

function seqOf(text: string | string[] | null | undefined): number | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  const seq = Number(text);
  if (!Number.isSafeInteger(seq) || seq < 0) throw new TypeError('since must be the number of a journal entry');
  return seq;
}
