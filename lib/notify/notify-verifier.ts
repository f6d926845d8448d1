import { Injectable } from '@nestjs/common';
import { MerchantDirectory } from '../merchant/merchant-directory.js';
import { secretsOf, type MerchantOptions } from '../merchant/merchant.js';
import { SecretRotation } from '../merchant/secret-rotation.js';
import { matchingSecret } from '../signature/verify.js';
import type { FlatParams } from './flat-params.js';
import { NotifyConfirmation } from './notify-confirmation.js';
import { NotifyRefusal } from './notify-refusal.js';
import { sourceOf, type NotifyRequest } from './notify-request.js';
import { PAYMENT_NOTIFY_FIELDS, readPaymentNotification, type PaymentNotification } from './payment-notification.js';
import { readings } from './readings.js';
import {
  readTransferNotification,
  TRANSFER_NOTIFY_FIELDS,
  type TransferNotification,
} from './transfer-notification.js';

/** Decides whether a request is a notify of the gateway, and reads it. */
@Injectable()
export class NotifyVerifier {
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
    return this.confirmation.isNeeded(params) ? this.confirmation.confirmPayment(payment, merchant) : payment;
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
    let merchant: MerchantOptions | undefined;
    for (const { sign, ...params } of readings(sourceOf(request, fields), fields)) {
      merchant ??= await this.merchantOf(params);
      if (!sign) throw new NotifyRefusal('incomplete', 'there is no sign');
      const secretIndex = matchingSecret(params, sign, secretsOf(merchant));
      if (secretIndex === -1) continue;
      this.rotation.report(merchant, secretIndex, 'notify');
      return { params, merchant };
    }
    throw new NotifyRefusal('bad-signature', `the signature does not verify with a secret of app ${merchant?.appId}`);
  }

  private async merchantOf({ mchNo, appId }: FlatParams): Promise<MerchantOptions> {
    if (!mchNo || !appId) throw new NotifyRefusal('incomplete', 'mchNo or appId is missing');
    const merchant = await this.merchants.forNotify(mchNo, appId);
    if (merchant === undefined) throw new NotifyRefusal('unknown-merchant', 'its mchNo and appId are not configured');
    return merchant;
  }
}
