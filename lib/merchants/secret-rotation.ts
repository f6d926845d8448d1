import { Subject, type Observable } from 'rxjs';
import { secretsOf, type MerchantOptions, type MerchantRef } from './merchant.js';

/** A verified message, and which of the app's secrets signed it. */
export interface SecretMatch {
  merchant: Required<MerchantRef>;
  /** The secret's index among the app's live ones; 0 is the current one. */
  index: number;
  isCurrent: boolean;
  /** The kind of message. */
  message: 'response' | 'notify';
}

/** Reports which secret signed each message, so that you can see when an old secret is no longer used. */
export class SecretRotation {
  private readonly subject = new Subject<SecretMatch>();

  /** Every verified message. Completes when the application shuts down. */
  readonly matches$: Observable<SecretMatch> = this.subject.asObservable();

  /** @param warn called for each message that was signed with an old secret */
  constructor(private readonly warn: (message: string) => void = () => {}) {}

  /** Reports a match, with a warning if an old secret was used. */
  report(merchant: MerchantOptions, index: number, message: SecretMatch['message']): void {
    const { mchNo, appId } = merchant;
    if (index > 0) {
      const count = secretsOf(merchant).length;
      this.warn(
        `A message (${message}) of app ${appId}, merchant ${mchNo}, was signed with an old secret (number ${index + 1} of ${count}). Do not remove it yet.`,
      );
    }
    this.subject.next({ merchant: { mchNo, appId }, index, isCurrent: index === 0, message });
  }

  onApplicationShutdown(): void {
    this.subject.complete();
  }
}
