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

/** How a fault was observed. */
interface Sighting {
  readonly seen: string;
  readonly message: NotifyMessage;
  readonly method?: 'GET';
  /** The number of surplus effects. */
  readonly extra?: number;
}

/** Data that checks pass on to later ones. */
export interface Shared {
  /** The fields of a genuine notify about a paid order, including `sign`. */
  paid: Fields;
  /** Whether every repetition is fulfilled again, in which case repetitions show nothing else. */
  isRepeated: boolean;
}

/** A running check: its order, the application and its findings. */
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

  /** Judges the response to a genuine notify. */
  judge({ message, receipt }: Posted): void {
    const { acknowledged, judgement, response, status = 0 } = receipt;
    if (judgement.verdict === 'not-reached') throw new CannotProveError('unreachable', judgement.reason);
    if (!acknowledged) this.found('not-acknowledged', { seen: judgement.reason, message });
    else if (response !== 'success' || status < 200 || status > 299) {
      this.found('acknowledged-oddly', { seen: judgement.reason, message });
    }
  }

  /** The number of effects once the expected number is reached and no more appear. */
  effects(expected: number): Promise<number> {
    return this.app.settledEffects(this.order.mchOrderNo, expected);
  }

  /** The current number of effects. */
  effectsNow(): Promise<number> {
    return this.app.effects(this.order.mchOrderNo);
  }

  /**
   * Posts messages that must have no effect and, unless `mayBeAcknowledged`, must not be acknowledged; then the genuine
   * one, which must still have its effect.
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
      // A delayed effect: an acknowledged message is the most likely cause.
      const [likeliest] = posts.filter(({ posted }) => posted.receipt.acknowledged).concat(posts.slice(-1));
      return this.foundEffect(codeOf(likeliest!.forgery), likeliest!.forgery);
    }
    await this.stillCounts(await this.order.paid());
  }

  /** The genuine notify has its effect, exactly once. */
  async stillCounts(message: NotifyMessage): Promise<void> {
    await this.deliver(message);
    await this.counted(message, { none: 'genuine-blocked' });
  }

  /**
   * Waits for the single effect that the messages must have.
   *
   * @param none the finding if there is no effect
   * @param several the finding if there are several
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

/** The application's response, for messages. */
export function answerOf({ receipt }: Posted): string {
  const { status, response, judgement } = receipt;
  return status === undefined ? judgement.reason : `HTTP ${status}, ${JSON.stringify(response?.slice(0, 80) ?? '')}`;
}
