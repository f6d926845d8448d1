import type { SignatureCause } from 'nestjs-pass2pay/protocol';

/** Why a request was refused with 验签失败. It contains neither the secret nor the correct signature. */
export interface SignatureCheck {
  /**
   * The text that the gateway signed, built from its typed bean of the request; its first 8,192 characters. The secret
   * is masked.
   */
  readonly canonical: string;
  /** The received signature. */
  readonly received: string;
  /** The most likely cause first. */
  readonly causes: readonly SandboxSignatureCause[];
}

/** A cause from `diagnoseSignature`, or `read-otherwise`: the gateway read another value than was sent. */
export type SandboxSignatureCause = Omit<SignatureCause, 'code'> & {
  readonly code: SignatureCause['code'] | 'read-otherwise';
};
