import { refusalOfControl } from './control-guard.js';
import type { SandboxFault, Faults } from '../faults.js';
import { jsonAnswer, type SandboxRequest, type SentAnswer, type Site } from '../http/http-server.js';
import type { EntryKind, OrderDesk } from '../orders/order-desk.js';
import { UnknownOrderError } from '../orders/order-ledger.js';
import { SandboxStateError, TRANSFER_STATE } from '../orders/order-state.js';
import type { SandboxOrder, SandboxTransfer } from '../orders/sandbox-order.js';

type Deed<T> = (desk: OrderDesk, entry: T) => void;

const ORDER_DEEDS: ReadonlyMap<string, Deed<SandboxOrder>> = new Map<string, Deed<SandboxOrder>>([
  ['pay', (desk, order) => desk.pay(order)],
  ['fail', (desk, order) => desk.fail(order)],
  ['close', (desk, order) => desk.close(order)],
  ['pay-after-close', (desk, order) => desk.payAfterClose(order)],
  ['refund', (desk, order) => desk.refund(order)],
  ['resend-notify', (desk, order) => desk.resend('order', order)],
]);

const TRANSFER_DEEDS: ReadonlyMap<string, Deed<SandboxTransfer>> = new Map<string, Deed<SandboxTransfer>>([
  ['succeed', (desk, transfer) => desk.endTransfer(transfer, TRANSFER_STATE.success)],
  ['fail', (desk, transfer) => desk.endTransfer(transfer, TRANSFER_STATE.failed)],
  ['resend-notify', (desk, transfer) => desk.resend('transfer', transfer)],
]);

/**
 * The controls as JSON over HTTP:
 * `GET /sandbox/orders[/:mchOrderNo[/notify-attempts]]`, `POST /sandbox/orders/:mchOrderNo/:deed`, the same for
 * transfers, `POST` and `DELETE /sandbox/faults`. `?mchNo=` chooses the merchant. Errors are `{ message }` with 400 (bad
 * request), 403 (another origin), 404 (unknown) or 409 (the state does not allow it).
 */
export class ControlsSite implements Site {
  private readonly desk: OrderDesk;
  private readonly faults: Faults;

  constructor(desk: OrderDesk, faults: Faults) {
    this.desk = desk;
    this.faults = faults;
  }

  serves(path: string): boolean {
    return path.startsWith('/sandbox/');
  }

  answer(request: SandboxRequest): SentAnswer {
    const refusal = refusalOfControl(request, this.desk.baseUrl);
    if (refusal !== undefined) return jsonAnswer(403, { message: refusal });
    try {
      return this.route(request);
    } catch (error) {
      const status = statusOf(error);
      if (status === undefined) throw error;
      return jsonAnswer(status, { message: (error as Error).message });
    }
  }

  private route(request: SandboxRequest): SentAnswer {
    const [, , collection = '', encodedNo, action, ...rest] = request.path.split('/');
    if (rest.length === 0) {
      if (collection === 'faults' && encodedNo === undefined) return this.changeFaults(request);
      if (collection === 'orders') return this.onEntries('order', request, encodedNo, action);
      if (collection === 'transfers') return this.onEntries('transfer', request, encodedNo, action);
    }
    return notFound(request);
  }

  private changeFaults(request: SandboxRequest): SentAnswer {
    if (request.method === 'DELETE') {
      this.faults.clear();
      return jsonAnswer(200, {});
    }
    if (request.method !== 'POST') return notAllowed('POST, DELETE');
    const fault: unknown = JSON.parse(request.body);
    if (typeof fault !== 'object' || fault === null) throw new TypeError('The body must be a fault: {"kind": …}');
    // inject() checks what it is given.
    return jsonAnswer(201, this.faults.inject(fault as SandboxFault).fault);
  }

  private onEntries(
    kind: EntryKind,
    request: SandboxRequest,
    encodedNo: string | undefined,
    action: string | undefined,
  ): SentAnswer {
    const reads = action === undefined || action === 'notify-attempts';
    if (request.method !== (reads ? 'GET' : 'POST')) return notAllowed(reads ? 'GET' : 'POST');
    if (encodedNo === undefined)
      return jsonAnswer(200, (kind === 'order' ? this.desk.orders : this.desk.transfers).all());
    const mchOrderNo = decodeURIComponent(encodedNo);
    const mchNo = request.query.get('mchNo') ?? undefined;
    if (kind === 'order') {
      const order = this.desk.knownOrder(mchOrderNo, mchNo);
      return this.onEntry(kind, order, ORDER_DEEDS, request, action);
    }
    return this.onEntry(kind, this.desk.knownTransfer(mchOrderNo, mchNo), TRANSFER_DEEDS, request, action);
  }

  private onEntry<T extends SandboxOrder | SandboxTransfer>(
    kind: EntryKind,
    entry: T,
    deeds: ReadonlyMap<string, Deed<T>>,
    request: SandboxRequest,
    action: string | undefined,
  ): SentAnswer {
    if (action === undefined) return jsonAnswer(200, entry);
    if (action === 'notify-attempts') return jsonAnswer(200, this.desk.attempts(kind, entry));
    const deed = deeds.get(action);
    if (!deed) return notFound(request);
    deed(this.desk, entry);
    return jsonAnswer(200, entry);
  }
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof UnknownOrderError) return 404;
  if (error instanceof SandboxStateError) return 409;
  // Bad JSON, a bad fault, a bad escape in the path.
  return error instanceof SyntaxError || error instanceof TypeError || error instanceof URIError ? 400 : undefined;
}

function notFound(request: SandboxRequest): SentAnswer {
  return jsonAnswer(404, { message: `The sandbox has no control ${request.method} ${request.path}` });
}

function notAllowed(allow: string): SentAnswer {
  return jsonAnswer(405, { message: `Use ${allow}` }, { Allow: allow });
}
