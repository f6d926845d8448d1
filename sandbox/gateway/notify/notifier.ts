import { setMaxListeners } from 'node:events';
import type { SandboxClock } from '../clock/sandbox-clock.js';
import type { NotifyFault } from '../faults/fault.js';
import type { Faults } from '../faults/faults.js';
import type { Journal } from '../journal/journal.js';
import { Delivery, type DueAttempt, type NotifySubject, type StoredDelivery } from './delivery.js';
import { Lanes } from './lanes.js';
import type { NotifyAttempt, NotifyResult } from './notify-attempt.js';
import { GAPS_MS } from './notify-gaps.js';
import { appendQuery, messageOf, type NotifyMessage } from './notify-message.js';
import { WarningsOnce } from '../http/warnings-once.js';
import { refusalOfTarget } from './notify-target.js';
import { headersOf, type NotifyReceipt, notSent, postNotify } from './notify-post.js';
import type { ResolvedSandboxOptions } from '../options.js';
import type { SignedFields } from '../orders/entry-data.js';
import { spoiltBy } from './tamper.js';

/** An event to announce: its order, the notifyUrl and the content. */
export interface NotifyEvent {
  readonly subject: NotifySubject;
  readonly notifyUrl: string;
  readonly fields: SignedFields;
}

/** The dependencies of the notifier. */
export interface NotifierParts {
  readonly clock: SandboxClock;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly options: ResolvedSandboxOptions;
  /** Called for each change of a delivery. */
  readonly changed: (delivery: StoredDelivery) => void;
  /** Posts an attempt; over HTTP by default. */
  readonly post?: typeof postNotify;
}

/** The gateway's timeout for a response, in ms. */
const TIMEOUT_MS = 20_000;
const HELD_BACK_MS = 60_000;
const KEPT_RESPONSE_BYTES = 2_048;
/** Maximum number of concurrent attempts; the others wait in a queue. */
const MAX_IN_FLIGHT = 64;

/**
 * Delivers notifies: at most six attempts, each delay counted from the end of the previous attempt, until one is
 * acknowledged. A notify is written once; every attempt sends the same fields.
 *
 * Source: protocol §4.
 */
export class Notifier {
  private readonly parts: NotifierParts;
  private readonly deliveries = new Map<string, Delivery[]>();
  /** Attempts that wait for an attempt of another delivery, with their own delivery. */
  private readonly heldBack = new Map<() => void, Delivery>();
  private readonly lanes = new Lanes(MAX_IN_FLIGHT);
  private readonly stopping = new AbortController();
  private readonly warnings = new WarningsOnce();

  constructor(parts: NotifierParts) {
    this.parts = parts;
    // Each running attempt listens to the signal.
    setMaxListeners(MAX_IN_FLIGHT * 2, this.stopping.signal);
  }

  /** Writes the notify and starts the first attempt. */
  announce(event: NotifyEvent): void {
    const number = (this.deliveries.get(keyOf(event.subject))?.length ?? 0) + 1;
    const stored = appendQuery(event.notifyUrl, event.fields, this.parts.options.notifyHutool);
    const delivery = new Delivery(number, event.subject, stored, Number(event.fields['state']));
    this.keep(delivery);
    this.start(delivery, { at: this.parts.clock.now(), slot: 1 });
  }

  /** Restores a delivery: attempts that are due by now start immediately. */
  restore(kept: StoredDelivery): void {
    const delivery = Delivery.restore(kept);
    this.keep(delivery);
    for (const due of kept.due) this.plan(delivery, due);
  }

  /** All deliveries, as they are stored. */
  stored(): StoredDelivery[] {
    return [...this.deliveries.values()].flat().map((delivery) => delivery.toStored());
  }

  /** Resends the latest notify. @returns false if there is none. */
  resend(subject: NotifySubject): boolean {
    const delivery = this.latest(subject);
    if (!delivery) return false;
    this.start(delivery, { at: this.parts.clock.now() });
    return true;
  }

  /** The completed attempts of all notifies about this order. */
  attempts(subject: NotifySubject): NotifyAttempt[] {
    return (this.deliveries.get(keyOf(subject)) ?? []).flatMap((delivery) => delivery.attempts);
  }

  /**
   * Resolves when the latest notify is acknowledged or given up and no attempt is in progress; also when the sandbox
   * stops.
   * @returns undefined if there is no notify.
   */
  settled(subject: NotifySubject): Promise<NotifyResult> | undefined {
    return this.latest(subject)?.settled();
  }

  forget(subject: NotifySubject): void {
    for (const delivery of this.deliveries.get(keyOf(subject)) ?? []) delivery.abandon();
    this.deliveries.delete(keyOf(subject));
  }

  stop(): void {
    this.stopping.abort(new Error('the sandbox stopped'));
    for (const delivery of [...this.deliveries.values()].flat()) delivery.abandon();
  }

  private keep(delivery: Delivery): void {
    const key = keyOf(delivery.subject);
    const earlier = this.deliveries.get(key);
    if (earlier) earlier.push(delivery);
    else this.deliveries.set(key, [delivery]);
  }

  private latest(subject: NotifySubject): Delivery | undefined {
    return this.deliveries.get(keyOf(subject))?.at(-1);
  }

  private plan(delivery: Delivery, due: DueAttempt): void {
    delivery.plan(
      due,
      this.parts.clock.at(due.at, () => this.begin(delivery, due)),
    );
  }

  private start(delivery: Delivery, due: DueAttempt): void {
    this.reportSchedule(delivery, due);
    delivery.plan(due);
    this.parts.changed(delivery.toStored());
    this.begin(delivery, due);
  }

  /** Starts an attempt when it is due; a fault may delay it. */
  private begin(delivery: Delivery, due: DueAttempt): void {
    delivery.begin(due);
    const fault = this.parts.faults.takeForNotify(delivery.subject);
    const send = (): void => this.parts.clock.track(this.attempt(delivery, due, fault));
    if (fault?.kind === 'notify-delay') this.parts.clock.after(fault.delayMs, send);
    else if (fault?.kind === 'notify-reorder') this.holdBack(delivery, fault.delayMs ?? HELD_BACK_MS, send);
    else send();
  }

  private holdBack(delivery: Delivery, atMostMs: number, send: () => void): void {
    const release = (): void => {
      cancel();
      if (this.heldBack.delete(release)) send();
    };
    const cancel = this.parts.clock.after(atMostMs, release);
    this.heldBack.set(release, delivery);
  }

  /** An attempt, or two at once if a fault doubles it. Never rejects. */
  private async attempt(delivery: Delivery, due: DueAttempt, fault: NotifyFault | undefined): Promise<void> {
    const slots = fault?.kind === 'notify-double' ? [due.slot, undefined] : [due.slot];
    const receipts = await Promise.all(slots.map((slot) => this.sendAndRecord(delivery, slot, fault)));
    if (!delivery.isAbandoned) this.goOn(delivery, due, receipts);
    delivery.end(due);
    // The result of a stopped or dropped delivery is not stored: after a restart, it continues from its last stored
    // state.
    if (!delivery.isAbandoned) this.parts.changed(delivery.toStored());
    for (const [release, other] of this.heldBack) {
      if (other !== delivery) release();
    }
  }

  /** Plans the next attempt of the schedule, if there is one. */
  private goOn(delivery: Delivery, { slot }: DueAttempt, receipts: readonly NotifyReceipt[]): void {
    const { clock, options } = this.parts;
    const gap = slot === undefined ? undefined : GAPS_MS[options.notifySchedule][slot - 1];
    if (slot === undefined || gap === undefined || delivery.isAcknowledged) return;
    const next = { at: clock.now() + (this.unspent(receipts) + gap) / options.notifySpeed, slot: slot + 1 };
    this.reportSchedule(delivery, next);
    this.plan(delivery, next);
  }

  /**
   * The remaining part of the 20 s that a timeout takes on the gateway's clock; stepped time does not pass during an
   * attempt.
   */
  private unspent(receipts: readonly NotifyReceipt[]): number {
    const { clock, options } = this.parts;
    if (!receipts.some(({ judgement }) => judgement.verdict === 'timeout')) return 0;
    const spent = clock.mode === 'stepped' ? 0 : options.notifyTimeoutMs * options.notifySpeed;
    return Math.max(0, TIMEOUT_MS - spent);
  }

  private async sendAndRecord(
    delivery: Delivery,
    slot: number | undefined,
    fault: NotifyFault | undefined,
  ): Promise<NotifyReceipt> {
    const { clock, options, journal } = this.parts;
    delivery.started += 1;
    const number = delivery.started;
    const format = fault?.kind === 'notify-format' ? fault.format : options.notifyFormat;
    const message = spoiltBy(fault, messageOf(delivery.stored, format, options.notifyHutool));
    const at = clock.now();
    const start = performance.now();
    const receipt = await this.send(message, fault);
    const { response, responseHeaders: _headers, ...rest } = receipt;
    const attempt: NotifyAttempt = {
      number,
      at,
      format,
      url: message.url,
      headers: headersOf(message),
      body: message.body,
      state: delivery.state,
      ...rest,
      ...(response === undefined
        ? {}
        : { response: Buffer.from(response).subarray(0, KEPT_RESPONSE_BYTES).toString() }),
      durationMs: performance.now() - start,
      ...(fault === undefined ? {} : { fault: fault.kind }),
    };
    delivery.attempts.push(attempt);
    if (!this.stopping.signal.aborted) {
      journal.record({ type: 'notify-attempt', ...announcementOf(delivery, slot), attempt });
    }
    return receipt;
  }

  private send(message: NotifyMessage, fault: NotifyFault | undefined): Promise<NotifyReceipt> {
    if (fault?.kind === 'notify-drop') return Promise.resolve(notSent('dropped by the fault notify-drop'));
    const refusal = this.parts.options.allowRemoteNotifies ? undefined : refusalOfTarget(message.url);
    if (refusal !== undefined) {
      this.warnings.warn(`${refusal} To allow this, start it with allowRemoteNotifies or --allow-remote-notifies.`);
      return Promise.resolve(notSent(`${refusal} See allowRemoteNotifies and --allow-remote-notifies`));
    }
    const { post = postNotify, options } = this.parts;
    return this.lanes.run(() => post(message, options.notifyTimeoutMs, this.stopping.signal));
  }

  /** Records a planned attempt of the schedule, or a resend. */
  private reportSchedule(delivery: Delivery, { at, slot }: DueAttempt): void {
    const { started, state } = delivery;
    const announcement = announcementOf(delivery, slot);
    this.parts.journal.record({ type: 'notify-scheduled', ...announcement, number: started + 1, state, dueAt: at });
  }
}

/** The notify and the position in its schedule that a journal entry is about. */
function announcementOf(
  { subject, number }: Delivery,
  slot: number | undefined,
): NotifySubject & { readonly delivery: number; readonly slot?: number } {
  return { ...subject, delivery: number, ...(slot === undefined ? {} : { slot }) };
}

function keyOf({ kind, mchNo, mchOrderNo }: NotifySubject): string {
  return JSON.stringify([kind, mchNo, mchOrderNo]);
}
