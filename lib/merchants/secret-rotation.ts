import { Subject, type Observable } from 'rxjs';
import { secretsOf, type MerchantOptions, type MerchantRef } from './merchant.js';

/** A message that verified, and which of the app's secrets signed it. */
export interface SecretMatch {
  merchant: Required<MerchantRef>;
  /** The secret's place among the app's live ones; 0 is the current one. */
  index: number;
  isCurrent: boolean;
  /** The kind of message. */
  message: 'response' | 'notify';
}

/** Tells which secret messages are signed with, so that one sees when an old secret is no longer used. */
export class SecretRotation {
  private readonly subject = new Subject<SecretMatch>();

  /** Every message that verified. Completes when the application shuts down. */
  readonly matches$: Observable<SecretMatch> = this.subject.asObservable();

  /** @param warn is told of each message that an old secret has signed */
  constructor(private readonly warn: (message: string) => void = () => {}) {}

  /** Reports a match, with a warning for one of an old secret. */
  report(merchant: MerchantOptions, index: number, message: SecretMatch['message']): void {
    const { mchNo, appId } = merchant;
    if (index > 0) {
      const count = secretsOf(merchant).length;
      this.warn(
        `A message (${message}) of app ${appId}, merchant ${mchNo}, is signed with an old secret, number ${index + 1} of ${count}: do not remove it yet.`,
      );
    }
    this.subject.next({ merchant: { mchNo, appId }, index, isCurrent: index === 0, message });
  }

  onApplicationShutdown(): void {
    this.subject.complete();
  }
}
