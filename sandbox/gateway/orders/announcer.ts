import type { SandboxClock } from '../clock/sandbox-clock.js';
import type { Dialect } from '../dialects/dialect.js';
import type { Journal } from '../journal/journal.js';
import type { Notifier } from '../notify/notifier.js';
import type { NotifyAttempt, NotifyResult } from '../notify/notify-attempt.js';
import type { ResolvedSandboxOptions } from '../options.js';
import { amountOf, type Entry, merchantOf, numberOf, subjectOf } from './entry.js';
import { signedFields, type SignedFields } from './entry-data.js';
import { SandboxStateError } from './order-state.js';

export interface AnnouncerParts {
  readonly options: ResolvedSandboxOptions;
  readonly dialect: Dialect;
  readonly notifier: Notifier;
  readonly journal: Journal;
  readonly clock: SandboxClock;
}

/** Notifies merchants of the results of their orders, transfers and refunds. Source: protocol §4. */
export class Announcer {
  constructor(private readonly parts: AnnouncerParts) {}

  /** Starts a notify, if the entry has a notifyUrl and the gateway notifies of its state. */
  announce(entry: Entry): void {
    const { notifyUrl } = entry.of;
    if (!notifyUrl || !this.isAnnounced(entry)) return;
    this.parts.notifier.announce({ subject: subjectOf(entry), notifyUrl, fields: this.fieldsOf(entry) });
  }

  /** Starts a notify; resolves after its first attempt. */
  async announceFirst(entry: Entry): Promise<void> {
    if (!entry.of.notifyUrl || !this.isAnnounced(entry)) return;
    const { kind, mchNo, mchOrderNo } = subjectOf(entry);
    const attempted = new Promise<void>((resolve) => {
      const unsubscribe = this.parts.journal.subscribe((event) => {
        const isOwn = event.kind === kind && event.mchNo === mchNo && event.mchOrderNo === mchOrderNo;
        if (!isOwn || event.type !== 'notify-attempt') return;
        unsubscribe();
        resolve();
      });
    });
    this.announce(entry);
    await attempted;
  }

  /** The fields of a notify or a returnUrl for the current state of the entry. */
  fieldsOf(entry: Entry): SignedFields {
    return signedFields(entry, this.secretOf(entry), this.parts.clock.now(), this.extrasFor(entry));
  }

  /** @throws SandboxStateError if there is no notify yet. */
  resend(entry: Entry): void {
    if (!this.parts.notifier.resend(subjectOf(entry))) throw this.noNotify(entry);
  }

  attempts(entry: Entry): NotifyAttempt[] {
    return this.parts.notifier.attempts(subjectOf(entry));
  }

  /** @throws SandboxStateError if there is no notify yet. */
  async settled(entry: Entry): Promise<NotifyResult> {
    const result = this.parts.notifier.settled(subjectOf(entry));
    if (!result) throw this.noNotify(entry);
    return result;
  }

  forget(entry: Entry): void {
    this.parts.notifier.forget(subjectOf(entry));
  }

  stop(): void {
    this.parts.notifier.stop();
  }

  private isAnnounced({ kind, of }: Entry): boolean {
    return this.parts.dialect.announced[kind].includes(of.state);
  }

  private secretOf(entry: Entry): string {
    return merchantOf(this.parts.options.merchants, entry.of)?.secret ?? '';
  }

  /** Fields that this gateway sends in addition to the documented ones. Source: protocol §9, notify fields. */
  private extrasFor(entry: Entry): Readonly<Record<string, string>> {
    const { notifyFeeRate, notifyExtras } = this.parts.options;
    if (notifyFeeRate === undefined || entry.kind !== 'order') return notifyExtras;
    const fee = Math.round(Number(amountOf(entry)) * Number(notifyFeeRate));
    return { ...notifyExtras, mchFeeRate: notifyFeeRate, mchFeeAmount: String(fee) };
  }

  private noNotify(entry: Entry): SandboxStateError {
    const reason = entry.of.notifyUrl ? `its state is ${entry.of.state}` : 'it has no notifyUrl';
    return new SandboxStateError(`${numberOf(entry)} has no notify: ${reason}`);
  }
}
