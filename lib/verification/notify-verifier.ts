import type { MerchantDirectory } from '../merchants/merchant-directory.js';
import { secretsOf, type MerchantOptions } from '../merchants/merchant.js';
import type { SecretRotation } from '../merchants/secret-rotation.js';
import { describeDiagnosis, diagnoseSignature } from '../protocol/diagnosis/diagnose-signature.js';
import { matchingSecret } from '../protocol/signature/verify.js';
import { DiagnosisLimit } from './diagnosis-limit.js';
import type { FlatParams } from '../protocol/notify/flat-params.js';
import type { Confirmation } from './notify-confirmation.js';
import { NotifyRefusal } from '../protocol/notify/notify-refusal.js';
import { sourceOf, type NotifyMessage } from './notify-message.js';
import { PAYMENT_NOTIFY_FIELDS, TRANSFER_NOTIFY_FIELDS } from '../protocol/notify/notify-fields.js';
import { readPaymentNotification, type PaymentNotification } from '../payments/payment-notification.js';
import { candidateParams } from '../protocol/notify/candidate-params.js';
import { readTransferNotification, type TransferNotification } from '../transfers/transfer-notification.js';

/** A notify that has verified, of either kind. */
export type VerifiedNotify =
  { kind: 'payment'; payment: PaymentNotification } | { kind: 'transfer'; transfer: TransferNotification };

const FIELDS_OF_BOTH: ReadonlySet<string> = new Set([...PAYMENT_NOTIFY_FIELDS, ...TRANSFER_NOTIFY_FIELDS]);

/** Decides whether a message is a notify of the gateway, and reads it. */
export class NotifyVerifier {
  constructor(
    private readonly merchants: MerchantDirectory,
    private readonly rotation: SecretRotation,
    private readonly confirmation: Confirmation,
    private readonly diagnoses = new DiagnosisLimit(),
  ) {}

  /**
   * The notification in the message, of either kind.
   *
   * @throws as `verifyPayment` does.
   */
  async verify(message: NotifyMessage): Promise<VerifiedNotify> {
    return kindOf(message) === 'payment'
      ? { kind: 'payment', payment: await this.verifyPayment(message) }
      : { kind: 'transfer', transfer: await this.verifyTransfer(message) };
  }

  /**
   * The payment notification in the message, made of verified parameters only.
   *
   * @throws NotifyRefusal when it is not one.
   * @throws Pass2PayError when the query that should confirm it fails.
   */
  async verifyPayment(message: NotifyMessage): Promise<PaymentNotification> {
    const { params, merchant } = await this.verifiedParams(message, PAYMENT_NOTIFY_FIELDS);
    const payment = readPaymentNotification(params);
    return this.confirmation.isNeeded(params) ? this.confirmation.confirmPayment(payment, params, merchant) : payment;
  }

  /**
   * The transfer notification in the message, made of verified parameters only.
   *
   * @throws as `verifyPayment` does.
   */
  async verifyTransfer(message: NotifyMessage): Promise<TransferNotification> {
    const { params, merchant } = await this.verifiedParams(message, TRANSFER_NOTIFY_FIELDS);
    const transfer = readTransferNotification(params);
    return this.confirmation.isNeeded(params) ? this.confirmation.confirmTransfer(transfer, merchant) : transfer;
  }

  private async verifiedParams(
    message: NotifyMessage,
    fields: ReadonlySet<string>,
  ): Promise<{ params: FlatParams; merchant: MerchantOptions }> {
    const source = sourceOf(message, fields);
    let merchant: MerchantOptions | undefined;
    let first: { params: FlatParams; sign: string } | undefined;
    for (const { params, sign } of candidateParams(source, fields)) {
      merchant ??= await this.merchantOf(params);
      if (!sign) throw new NotifyRefusal('incomplete', 'there is no sign');
      first ??= { params, sign };
      const secretIndex = matchingSecret(params, sign, secretsOf(merchant));
      if (secretIndex === -1) continue;
      this.rotation.report(merchant, secretIndex, 'notify');
      return { params, merchant };
    }
    throw new NotifyRefusal('bad-signature', this.whyNot(first!, merchant!, fields));
  }

  /** For the log: the likely cause, where the last diagnosis is not too fresh. */
  private whyNot(
    { params, sign }: { params: FlatParams; sign: string },
    merchant: MerchantOptions,
    knownFields: ReadonlySet<string>,
  ): string {
    const of = `of app ${merchant.appId}, merchant ${merchant.mchNo}`;
    if (!this.diagnoses.take()) return `the signature does not verify with a secret ${of}`;
    const hints = { knownFields, otherSecrets: this.merchants.otherSecrets(merchant) };
    const diagnosis = diagnoseSignature(params, sign, secretsOf(merchant), hints);
    return `${describeDiagnosis(diagnosis)} It should be one ${of}.`;
  }

  private async merchantOf({ mchNo, appId }: FlatParams): Promise<MerchantOptions> {
    if (!mchNo || !appId) throw new NotifyRefusal('incomplete', 'mchNo or appId is missing');
    const merchant = await this.merchants.forNotify(mchNo, appId);
    if (merchant === undefined) throw new NotifyRefusal('unknown-merchant', 'its mchNo and appId are not configured');
    return merchant;
  }
}

/**
 * Which kind the message says it is of, by the gateway's number of its order or transfer; it is believed once the kind's
 * reader has found that number among the verified parameters.
 */
function kindOf(message: NotifyMessage): VerifiedNotify['kind'] {
  const [first] = candidateParams(sourceOf(message, FIELDS_OF_BOTH), FIELDS_OF_BOTH);
  const { payOrderId, transferId } = first!.params;
  if (payOrderId) return 'payment';
  if (transferId) return 'transfer';
  throw new NotifyRefusal('incomplete', 'payOrderId or transferId is missing');
}
