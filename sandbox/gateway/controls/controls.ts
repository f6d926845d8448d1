import type { ApiSite } from '../api/api-site.js';
import { checkedStep, type SandboxClock } from '../clock/sandbox-clock.js';
import { checkedFault } from '../faults/check-fault.js';
import type { ActiveFault, Faults } from '../faults/faults.js';
import { type HttpResponse, jsonResponse, type SandboxRequest } from '../http/http-server.js';
import type { Journal, JournalFilter } from '../journal/journal.js';
import { journalStream } from '../journal/journal-stream.js';
import type { SandboxMerchant } from '../options.js';
import type { EntryKind, OrderDesk } from '../orders/order-desk.js';
import { TRANSFER_STATE } from '../orders/order-state.js';
import type { SandboxOrder, SandboxTransfer } from '../orders/sandbox-order.js';

/** What the controls reach into. */
export interface Controlled {
  readonly clock: SandboxClock;
  readonly desk: OrderDesk;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly api: ApiSite;
  readonly merchants: readonly SandboxMerchant[];
}

/** One control: what a method and a path do. */
export interface Control {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** A part that begins with `:` stands for any text. */
  readonly path: string;
  readonly run: (
    sandbox: Controlled,
    request: SandboxRequest,
    params: Readonly<Record<string, string>>,
  ) => HttpResponse | Promise<HttpResponse>;
}

/** What a request may lack or have wrong is a TypeError, which the site answers with 400. */
export const CONTROLS: readonly Control[] = [
  { method: 'GET', path: '/sandbox/orders', run: ({ desk }) => jsonResponse(200, desk.orders.all()) },
  onOrder('GET', '', ({ order }) => order),
  onOrder('GET', '/notify-attempts', ({ desk, order }) => desk.attempts('order', order)),
  onOrder('GET', '/journal', ({ journal, order }) => journal.of('order', order.mchNo, order.mchOrderNo)),
  orderDeed('pay', (desk, order) => desk.pay(order)),
  orderDeed('fail', (desk, order) => desk.fail(order)),
  orderDeed('close', (desk, order) => desk.close(order)),
  orderDeed('pay-after-close', (desk, order) => desk.payAfterClose(order)),
  orderDeed('refund', (desk, order) => desk.refund(order)),
  orderDeed('resend-notify', (desk, order) => desk.resend('order', order)),

  { method: 'GET', path: '/sandbox/transfers', run: ({ desk }) => jsonResponse(200, desk.transfers.all()) },
  onTransfer('GET', '', ({ transfer }) => transfer),
  onTransfer('GET', '/notify-attempts', ({ desk, transfer }) => desk.attempts('transfer', transfer)),
  onTransfer('GET', '/journal', ({ journal, transfer }) => journal.of('transfer', transfer.mchNo, transfer.mchOrderNo)),
  transferDeed('succeed', (desk, transfer) => desk.endTransfer(transfer, TRANSFER_STATE.success)),
  transferDeed('fail', (desk, transfer) => desk.endTransfer(transfer, TRANSFER_STATE.failed)),
  transferDeed('resend-notify', (desk, transfer) => desk.resend('transfer', transfer)),

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
        : jsonResponse(404, { message: `No fault ${id} is waiting; GET /sandbox/faults lists those that are` }),
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

function onOrder(
  method: Control['method'],
  action: string,
  view: (context: Controlled & { readonly order: SandboxOrder }) => unknown,
): Control {
  return {
    method,
    path: `/sandbox/orders/:mchOrderNo${action}`,
    run: (sandbox, { query }, { mchOrderNo = '' }) => {
      const order = sandbox.desk.knownOrder(mchOrderNo, query.get('mchNo') ?? undefined);
      return jsonResponse(200, view({ ...sandbox, order }));
    },
  };
}

function onTransfer(
  method: Control['method'],
  action: string,
  view: (context: Controlled & { readonly transfer: SandboxTransfer }) => unknown,
): Control {
  return {
    method,
    path: `/sandbox/transfers/:mchOrderNo${action}`,
    run: (sandbox, { query }, { mchOrderNo = '' }) => {
      const transfer = sandbox.desk.knownTransfer(mchOrderNo, query.get('mchNo') ?? undefined);
      return jsonResponse(200, view({ ...sandbox, transfer }));
    },
  };
}

function orderDeed(name: string, deed: (desk: OrderDesk, order: SandboxOrder) => void): Control {
  return onOrder('POST', `/${name}`, ({ desk, order }) => {
    deed(desk, order);
    return order;
  });
}

function transferDeed(name: string, deed: (desk: OrderDesk, transfer: SandboxTransfer) => void): Control {
  return onTransfer('POST', `/${name}`, ({ desk, transfer }) => {
    deed(desk, transfer);
    return transfer;
  });
}

/** `nextAt`: when the next attempt, expiry or late answer is due, or null. Times are ms since 1970. */
function shownClock(clock: SandboxClock): Record<string, unknown> {
  return { mode: clock.mode, now: clock.now(), nextAt: clock.nextAt ?? null };
}

/** `remaining` is null when there is no end to it: JSON has no infinity. */
function shownFault({ id, remaining, fault }: ActiveFault): Record<string, unknown> {
  return { id, remaining: Number.isFinite(remaining) ? remaining : null, fault };
}

function filterOf(query: URLSearchParams): JournalFilter {
  const mchNo = query.get('mchNo') || undefined;
  const mchOrderNo = query.get('mchOrderNo') || undefined;
  const kind = query.get('kind') || undefined;
  if (kind !== undefined && !isKind(kind)) throw new TypeError('kind must be order or transfer');
  return { kind, mchNo, mchOrderNo };
}

function isKind(kind: string): kind is EntryKind {
  return kind === 'order' || kind === 'transfer';
}

function seqOf(text: string | string[] | null | undefined): number | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  const seq = Number(text);
  if (!Number.isSafeInteger(seq) || seq < 0) throw new TypeError('since must be the number of a journal entry');
  return seq;
}
