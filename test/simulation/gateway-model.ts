import { judgeFailure, judgeResponse } from '../../sandbox/gateway/notify/judge-response.js';
import type { NotifyMessage } from '../../sandbox/gateway/notify/notify-message.js';
import type { NotifyReceipt } from '../../sandbox/gateway/notify/notify-post.js';
import { ApiSite } from '../../sandbox/gateway/api/api-site.js';
import { Gateway } from '../../sandbox/gateway/api/gateway.js';
import { SandboxClock } from '../../sandbox/gateway/clock/sandbox-clock.js';
import { StateKeeper } from '../../sandbox/gateway/data/state-keeper.js';
import { DIALECTS } from '../../sandbox/gateway/dialects/dialects.js';
import { Faults } from '../../sandbox/gateway/faults/faults.js';
import { Journal } from '../../sandbox/gateway/journal/journal.js';
import { Notifier } from '../../sandbox/gateway/notify/notifier.js';
import { resolveOptions } from '../../sandbox/gateway/options.js';
import { Announcer } from '../../sandbox/gateway/orders/announcer.js';
import { EntryLog } from '../../sandbox/gateway/orders/entry-log.js';
import { OrderDesk } from '../../sandbox/gateway/orders/order-desk.js';
import { RefundDesk } from '../../sandbox/gateway/orders/refund-desk.js';
import type { SandboxOrder } from '../../sandbox/gateway/orders/sandbox-order.js';
import { TransferDesk } from '../../sandbox/gateway/orders/transfer-desk.js';

/** Two merchants of one shop, whose order numbers may be the same. */
export const MERCHANTS = [
  { mchNo: 'M1621873433953', appId: '60cc09bce4b0f1c0b83761c9', secret: 'first'.repeat(8) },
  { mchNo: 'M1621873433954', appId: '60cc09bce4b0f1c0b83761ca', secret: 'other'.repeat(8) },
] as const;

/** How the shop answered a notify; undefined where it was not reached, or did not answer in time. */
export type ShopAnswer = { status: number; text: string } | undefined;

/** The gateway of the sandbox without its sockets, and with its own schedule of notifies. */
export class GatewayModel {
  private readonly desk: OrderDesk;
  private readonly api: ApiSite;

  /** @param post takes a notify to the shop */
  constructor(post: (message: NotifyMessage) => Promise<ShopAnswer>) {
    const options = resolveOptions({ merchants: MERCHANTS });
    const clock = new SandboxClock('real');
    const journal = new Journal(() => clock.now());
    const keeper = new StateKeeper();
    const faults = new Faults(journal);
    const notifier = new Notifier({
      clock,
      faults,
      journal,
      options,
      changed: () => {},
      post: async (message) => receipt(await post(message)),
    });
    const dialect = DIALECTS[options.dialect];
    const announcer = new Announcer({ options, dialect, notifier, journal, clock });
    const parts = { options, clock, journal, log: new EntryLog(journal, keeper), announcer };
    this.desk = new OrderDesk(parts);
    this.desk.baseUrl = 'http://127.0.0.1:9216';
    const desks = {
      orders: this.desk,
      transfers: new TransferDesk(parts),
      refunds: new RefundDesk(parts, this.desk),
      announcer,
    };
    this.api = new ApiSite(new Gateway(dialect, desks, options.merchants), faults, journal, keeper, () => clock.now());
  }

  /** Answers a request to its API. */
  async respond(path: string, contentType: string, body: string): Promise<{ status: number; body: string }> {
    const response = await this.api.respond({
      method: 'POST',
      contentType,
      query: new URLSearchParams(),
      body,
      path,
      url: path,
      headers: {},
      callerIp: '127.0.0.1',
      calledIp: '127.0.0.1',
    });
    if (typeof response === 'string' || !('status' in response)) throw new Error('no answer of this gateway');
    response.afterwards?.();
    return { status: response.status, body: response.body };
  }

  order(mchNo: string, mchOrderNo: string): SandboxOrder | undefined {
    return this.desk.ledger.pick(mchOrderNo, mchNo);
  }

  /** @throws SandboxStateError where the order's state does not lead there. */
  move(order: SandboxOrder, deed: 'pay' | 'fail' | 'close' | 'refund' | 'payAfterClose'): void {
    this.desk[deed](order);
  }
}

function receipt(answer: ShopAnswer): NotifyReceipt {
  if (answer === undefined) {
    const error = Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
    return { error: error.message, acknowledged: false, judgement: judgeFailure(error), posts: 1 };
  }
  const { status, text } = answer;
  const judgement = judgeResponse({ status, headers: {}, bytes: Buffer.from(text), text });
  return { status, response: text, acknowledged: judgement.acknowledged, judgement, posts: 1 };
}
