import type { NotifyMessage } from '../../gateway/notify/notify-message.js';
import type { SandboxMerchant } from '../../gateway/options.js';
import type { Pass2PaySandbox } from '../../gateway/pass2pay-sandbox.js';
import type { Application, Posted } from './application.js';
import { CannotProveError } from './cannot-prove.error.js';
import { FINDING_TEXTS, type FindingCode } from './finding-texts.js';
import type { Forgery } from './forgeries.js';
import type { Fields, OrderUnderProof } from './order-under-proof.js';
import type { Finding } from './proof.js';
import { shownRequest } from './shown-request.js';

/** What was seen of a fault. */
interface Sighting {
  readonly seen: string;
  readonly message: NotifyMessage;
  readonly method?: 'GET';
  /** Effects too many. */
  readonly extra?: number;
}

/** What checks hand on to later ones. */
export interface Shared {
  /** The fields of a genuine notify of an order that is paid, `sign` among them. */
  paid: Fields;
  /** Each repetition is fulfilled again, so that nothing else can be learned from one. */
  isRepeated: boolean;
}

/** One check under way: its order, the application, and what it finds. */
export class Trial {
  constructor(
    private readonly check: string,
    readonly order: OrderUnderProof,
    readonly app: Application,
    readonly sandbox: Pass2PaySandbox,
    readonly merchants: readonly SandboxMerchant[],
    readonly returnUrl: string | undefined,
    readonly shared: Shared,
    private readonly report: (finding: Finding) => void,
  ) {}

  found(code: FindingCode, { seen, message, method, extra = 0 }: Sighting): void {
    const { severity, title, cost, remedy, see } = FINDING_TEXTS[code];
    const { order, check } = this;
    const { mchOrderNo } = order;
    this.report({
      code,
      severity,
      title,
      seen,
      cost: cost((times) => order.money(times), extra),
      request: shownRequest(message, method),
      remedy,
      see,
      check,
      mchOrderNo,
    });
  }

  /** Posts a genuine notify, which must be acknowledged. */
  async deliver(message: NotifyMessage): Promise<Posted> {
    const posted = await this.app.postPatiently(message);
    this.judge(posted);
    return posted;
  }

  /** Has a look at the answer to a genuine notify. */
  judge({ message, receipt }: Posted): void {
    const { acknowledged, judgement, response, status = 0 } = receipt;
    if (judgement.verdict === 'not-reached') throw new CannotProveError('unreachable', judgement.reason);
    if (!acknowledged) this.found('not-acknowledged', { seen: judgement.reason, message });
    else if (response !== 'success' || status < 200 || status > 299) {
      this.found('acknowledged-oddly', { seen: judgement.reason, message });
    }
  }

  /** The effects once there are as many as expected and it has stayed quiet. */
  effects(expected: number): Promise<number> {
    return this.app.settledEffects(this.order.mchOrderNo, expected);
  }

  /** The effects at this moment. */
  effectsNow(): Promise<number> {
    return this.app.effects(this.order.mchOrderNo);
  }

  /**
   * Posts messages that must have no effect and, unless `mayBeAcknowledged`, must not be acknowledged; then the genuine one,
   * which must still count.
   */
  async refuses(
    forgeries: readonly Forgery[],
    code: FindingCode | ((forgery: Forgery) => FindingCode),
    { mayBeAcknowledged = false } = {},
  ): Promise<void> {
    const codeOf = typeof code === 'function' ? code : () => code;
    const posts: { readonly forgery: Forgery; readonly posted: Posted }[] = [];
    for (const forgery of forgeries) {
      const posted = await this.app.post(forgery.message);
      posts.push({ forgery, posted });
      if ((await this.effectsNow()) > 0) return this.foundEffect(codeOf(forgery), forgery);
      if (posted.receipt.acknowledged && !mayBeAcknowledged) {
        this.found('forged-acknowledged', { seen: `${forgery.what}: ${answerOf(posted)}`, message: forgery.message });
      }
    }
    if ((await this.effects(0)) > 0) {
      // It came later: whatever was acknowledged is the likeliest cause.
      const [likeliest] = posts.filter(({ posted }) => posted.receipt.acknowledged).concat(posts.slice(-1));
      return this.foundEffect(codeOf(likeliest!.forgery), likeliest!.forgery);
    }
    await this.stillCounts(await this.order.paid());
  }

  /** The genuine notify counts, once. */
  async stillCounts(message: NotifyMessage): Promise<void> {
    await this.deliver(message);
    await this.counted(message, { none: 'genuine-blocked' });
  }

  /**
   * Waits for the one effect that the messages must have.
   *
   * @param none what it is where there is none
   * @param several what it is where there are several
   */
  async counted(
    message: NotifyMessage,
    { none = 'no-effect', several = 'repeated' }: { none?: FindingCode; several?: FindingCode },
  ): Promise<void> {
    const effects = await this.effects(1);
    if (effects === 0) this.found(none, { seen: 'never fulfilled', message });
    if (effects > 1) {
      const seen = `fulfilled ${effects} times instead of once`;
      this.found(this.shared.isRepeated ? 'repeated' : several, { seen, message, extra: effects - 1 });
    }
  }

  private foundEffect(code: FindingCode, { what, message }: Forgery): void {
    this.found(code, { seen: `${what}: fulfilled`, message });
  }
}

/** How the application has answered, in words. */
export function answerOf({ receipt }: Posted): string {
  const { status, response, judgement } = receipt;
  return status === undefined ? judgement.reason : `HTTP ${status}, ${JSON.stringify(response?.slice(0, 80) ?? '')}`;
}
