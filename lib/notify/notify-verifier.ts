import { Injectable } from '@nestjs/common';
import { MerchantDirectory } from '../merchants/merchant-directory.js';
import { secretsOf, type MerchantOptions } from '../merchants/merchant.js';
import { SecretRotation } from '../merchants/secret-rotation.js';
import { describeDiagnosis, diagnoseSignature } from '../protocol/diagnosis/diagnose-signature.js';
import { matchingSecret } from '../protocol/signature/verify.js';
import { DiagnosisLimit } from './diagnosis-limit.js';
import type { FlatParams } from '../protocol/notify/flat-params.js';
import { NotifyConfirmation } from './notify-confirmation.js';
import { NotifyRefusal } from '../protocol/notify/notify-refusal.js';
import { sourceOf, type NotifyRequest } from './notify-request.js';
import { PAYMENT_NOTIFY_FIELDS, TRANSFER_NOTIFY_FIELDS } from '../protocol/notify/notify-fields.js';
import { readPaymentNotification, type PaymentNotification } from './payment-notification.js';
import { candidateParams } from '../protocol/notify/candidate-params.js';
import { readTransferNotification, type TransferNotification } from './transfer-notification.js';

/** Decides whether a request is a notify of the gateway, and reads it. */
@Injectable()
export class NotifyVerifier {
  private readonly diagnoses = new DiagnosisLimit();

  constructor(
    private readonly merchants: MerchantDirectory,
    private readonly rotation: SecretRotation,
    private readonly confirmation: NotifyConfirmation,
  ) {}

  /**
   * The payment notification in the request, made of verified parameters only.
   *
   * @throws NotifyRefusal when it is not one.
   * @throws Pass2PayError when the query that should confirm it fails.
   */
  async verifyPayment(request: NotifyRequest): Promise<PaymentNotification> {
    const { params, merchant } = await this.verifiedParams(request, PAYMENT_NOTIFY_FIELDS);
    const payment = readPaymentNotification(params);
    return this.confirmation.isNeeded(params) ? this.confirmation.confirmPayment(payment, params, merchant) : payment;
  }

  /**
   * The transfer notification in the request, made of verified parameters only.
   *
   * @throws as `verifyPayment` does.
   */
  async verifyTransfer(request: NotifyRequest): Promise<TransferNotification> {
    const { params, merchant } = await this.verifiedParams(request, TRANSFER_NOTIFY_FIELDS);
    const transfer = readTransferNotification(params);
    return this.confirmation.isNeeded(params) ? this.confirmation.confirmTransfer(transfer, merchant) : transfer;
  }

  private async verifiedParams(
    request: NotifyRequest,
    fields: ReadonlySet<string>,
  ): Promise<{ params: FlatParams; merchant: MerchantOptions }> {
    const source = sourceOf(request, fields);
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
