import type { SignatureCause } from 'nestjs-pass2pay/protocol';

/** Why a request was refused with 验签失败. It holds neither the secret nor the signature that would have been right. */
export interface SignatureCheck {
  /** What the gateway signed, which is what its typed bean made of the request; its first 8,192 characters. The secret is masked. */
  readonly canonical: string;
  /** The received signature. */
  readonly received: string;
  /** The likeliest first. */
  readonly causes: readonly SandboxSignatureCause[];
}

/** One of the causes that `diagnoseSignature` names, or `read-otherwise`: the gateway read another value than was sent. */
export type SandboxSignatureCause = Omit<SignatureCause, 'code'> & {
  readonly code: SignatureCause['code'] | 'read-otherwise';
};
