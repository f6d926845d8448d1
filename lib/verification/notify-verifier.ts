import type { MerchantDirectory } from '../merchants/merchant-directory.js';
import { secretsOf, type MerchantOptions } from '../merchants/merchant.js';
import type { SecretRotation } from '../merchants/secret-rotation.js';
import { describeDiagnosis, diagnoseSignature } from '../protocol/diagnosis/diagnose-signature.js';
import { matchingSecret } from '../protocol/signature/verify.js';
import { DiagnosisLimit } from './diagnosis-limit.js';
import type { FlatParams } from '../protocol/notify/flat-params.js';
import { isAmbiguous } from '../protocol/notify/is-ambiguous.js';
import type { Confirmation } from './notify-confirmation.js';
import { NO_REPETITIONS, type RepetitionCheck } from './repetition-check.js';
import { NotifyRefusal } from '../protocol/notify/notify-refusal.js';
import { NotifyClaim } from './notify-claim.js';
import { sourceOf, type NotifyMessage } from './notify-message.js';
import { PAYMENT_NOTIFY_FIELDS, TRANSFER_NOTIFY_FIELDS } from '../protocol/notify/notify-fields.js';
import { readPaymentNotification, type PaymentNotification } from '../payments/payment-notification.js';
import { candidateParams, isInexact } from '../protocol/notify/candidate-params.js';
import { shownValue } from '../protocol/shown-value.js';
import { readTransferNotification, type TransferNotification } from '../transfers/transfer-notification.js';

/** A verified notify of either kind. */
export type VerifiedNotify =
  { kind: 'payment'; payment: PaymentNotification } | { kind: 'transfer'; transfer: TransferNotification };

const FIELDS_OF_BOTH: ReadonlySet<string> = new Set([...PAYMENT_NOTIFY_FIELDS, ...TRANSFER_NOTIFY_FIELDS]);

/** The parameters of a message, and whether they are signed. */
interface ReadParams {
  params: FlatParams;
  merchant: MerchantOptions;
  isSigned: boolean;
}

/** Verifies that a message is a notify of the gateway, and reads it. */
export class NotifyVerifier {
  private readonly diagnoses: DiagnosisLimit;
  private readonly repetitions: RepetitionCheck;
  private readonly warn: (message: string) => void;

  /**
   * @param options.repetitions knows which notifies need no query
   * @param options.warn called for each verified notify with an unreadable field
   */
  constructor(
    private readonly merchants: MerchantDirectory,
    private readonly rotation: SecretRotation,
    private readonly confirmation: Confirmation,
    {
      diagnoses = new DiagnosisLimit(),
      repetitions = NO_REPETITIONS,
      warn,
    }: { diagnoses?: DiagnosisLimit; repetitions?: RepetitionCheck; warn: (message: string) => void },
  ) {
    this.diagnoses = diagnoses;
    this.repetitions = repetitions;
    this.warn = warn;
  }

  /**
   * Returns the notification in the message, of either kind.
   *
   * @throws as `verifyPayment` does.
   */
  async verify(message: NotifyMessage): Promise<VerifiedNotify> {
    return kindOf(message) === 'payment'
      ? { kind: 'payment', payment: await this.verifyPayment(message) }
      : { kind: 'transfer', transfer: await this.verifyTransfer(message) };
  }

  /**
   * Returns the payment notification in the message, built from verified parameters only.
   *
   * @throws NotifyRefusal when it is not one.
   * @throws Pass2PayError when the confirming query fails.
   */
  async verifyPayment(message: NotifyMessage): Promise<PaymentNotification> {
    const claim = new NotifyClaim(message, 'payment');
    try {
      const { params, merchant, isSigned } = await this.readParams(message, PAYMENT_NOTIFY_FIELDS, claim);
      if (!isSigned) {
        return await this.confirmation.confirmUnsignedPayment(readPaymentNotification(params), orderOf(claim));
      }
      const payment = this.readWithWarning(params, readPaymentNotification);
      return await this.confirmed(payment, params, () => this.confirmation.confirmPayment(payment, params, merchant));
    } catch (error) {
      throw claim.explain(error);
    }
  }

  /**
   * Returns the transfer notification in the message, built from verified parameters only.
   *
   * @throws as `verifyPayment` does.
   */
  async verifyTransfer(message: NotifyMessage): Promise<TransferNotification> {
    const claim = new NotifyClaim(message, 'transfer');
    try {
      const { params, merchant, isSigned } = await this.readParams(message, TRANSFER_NOTIFY_FIELDS, claim);
      if (!isSigned) {
        return await this.confirmation.confirmUnsignedTransfer(readTransferNotification(params), orderOf(claim));
      }
      const transfer = this.readWithWarning(params, readTransferNotification);
      return await this.confirmed(transfer, params, () =>
        this.confirmation.confirmTransfer(transfer, params, merchant),
      );
    } catch (error) {
      throw claim.explain(error);
    }
  }

  private async readParams(
    message: NotifyMessage,
    fields: ReadonlySet<string>,
    claim: NotifyClaim,
  ): Promise<ReadParams> {
    const source = sourceOf(message, fields);
    let first: { params: FlatParams; sign: string } | undefined;
    for (const { params, sign } of candidateParams(source, fields)) {
      claim.params ??= params;
      claim.merchant ??= await this.merchantOf(params);
      if (!sign) throw new NotifyRefusal('incomplete', 'sign is missing');
      first ??= { params, sign };
      const merchant = claim.merchant;
      const secretIndex = matchingSecret(params, sign, secretsOf(merchant));
      if (secretIndex === -1) continue;
      this.rotation.report(merchant, secretIndex, 'notify');
      return { params, merchant, isSigned: true };
    }
    if (isInexact(source)) return { params: first!.params, merchant: claim.merchant!, isSigned: false };
    throw new NotifyRefusal('bad-signature', this.whyNot(first!, claim.merchant!, fields));
  }

  private async confirmed<Told extends PaymentNotification | TransferNotification>(
    notification: Told,
    params: FlatParams,
    confirm: () => Promise<Told>,
  ): Promise<Told> {
    if (!this.confirmation.isNeeded(params)) return notification;
    return this.repetitions.confirmInTurn(notification, isAmbiguous(params), confirm);
  }

  private readWithWarning<T extends { mchOrderNo: string }>(
    params: FlatParams,
    read: (params: FlatParams, onUnreadable: (field: string) => void) => T,
  ): T {
    const unreadable: string[] = [];
    const notification = read(params, (field) => unreadable.push(field));
    if (unreadable.length > 0) {
      this.warn(
        `A notify of order ${shownValue(notification.mchOrderNo)} has an unreadable ${unreadable.join(', ')}; the notify is accepted without it.`,
      );
    }
    return notification;
  }

  /** For the log: the likely cause, unless a diagnosis was made recently. */
  private whyNot(
    { params, sign }: { params: FlatParams; sign: string },
    merchant: MerchantOptions,
    knownFields: ReadonlySet<string>,
  ): string {
    const of = `of app ${merchant.appId}, merchant ${merchant.mchNo}`;
    if (!this.diagnoses.take()) return `the signature does not verify with a secret ${of}`;
    const hints = { knownFields, otherSecrets: this.merchants.otherSecrets(merchant) };
    const diagnosis = diagnoseSignature(params, sign, secretsOf(merchant), hints);
    return `${describeDiagnosis(diagnosis)} Expected: the signature ${of}.`;
  }

  private async merchantOf({ mchNo, appId }: FlatParams): Promise<MerchantOptions> {
    if (!mchNo || !appId) throw new NotifyRefusal('incomplete', 'mchNo or appId is missing');
    const merchant = await this.merchants.forNotify(mchNo, appId);
    if (merchant === undefined)
      throw new NotifyRefusal('unknown-merchant', 'its mchNo and appId do not match a configured merchant');
    return merchant;
  }
}

/** @throws NotifyRefusal when the message contains no order that can be queried. */
function orderOf(claim: NotifyClaim) {
  if (claim.order === undefined) throw new NotifyRefusal('incomplete', 'mchOrderNo is not a valid order number');
  return claim.order;
}

/**
 * The claimed kind of the message, by the gateway's number of its order or transfer; it is trusted once the kind's
 * reader has found that number among the verified parameters.
 */
function kindOf(message: NotifyMessage): VerifiedNotify['kind'] {
  const claim = new NotifyClaim(message, 'payment');
  try {
    const [first] = candidateParams(sourceOf(message, FIELDS_OF_BOTH), FIELDS_OF_BOTH);
    claim.params = first!.params;
    if (claim.params['payOrderId']) return 'payment';
    if (claim.params['transferId']) return 'transfer';
    throw new NotifyRefusal('incomplete', 'payOrderId or transferId is missing');
  } catch (error) {
    throw claim.explain(error);
  }
}
