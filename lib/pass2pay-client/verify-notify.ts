import { Pass2PayValidationError } from '../errors/pass2pay.errors.js';
import { MerchantDirectory } from '../merchants/merchant-directory.js';
import type { MerchantOptions } from '../merchants/merchant.js';
import { merchantsOptions } from '../merchants/merchants.options.js';
import { SecretRotation } from '../merchants/secret-rotation.js';
import { readRoom } from '../validation/options-room.js';
import { DiagnosisLimit } from '../verification/diagnosis-limit.js';
import { NoConfirmation } from '../verification/no-confirmation.js';
import type { NotifyMessage } from '../verification/notify-message.js';
import { NotifyVerifier, type VerifiedNotify } from '../verification/notify-verifier.js';

/** One for all calls: forged notifies can come as fast as their sender likes. */
const diagnoses = new DiagnosisLimit();

/**
 * Verifies a notify by its signature, without a network call, and reads it. Answer a notify that you have handled with
 * exactly the text `success`; the gateway sends any other again.
 *
 * @param merchants whose notifies count, with all live secrets of each: one, or several as in the option `merchants`
 * @throws NotifyRefusal whose `reason` says why it is not let in: `ambiguous` where only a query could tell, which
 * `Pass2PayClient.verifyNotify` makes. Answer with 401, without the details: the sender may be anybody.
 * @throws Pass2PayValidationError with every issue of the merchants.
 */
export async function verifyNotify(
  message: NotifyMessage,
  merchants: MerchantOptions | readonly MerchantOptions[],
): Promise<VerifiedNotify> {
  const directory = new MerchantDirectory(validMerchants(merchants));
  return new NotifyVerifier(directory, new SecretRotation(), new NoConfirmation(), { diagnoses, warn }).verify(message);
}

function warn(message: string): void {
  process.emitWarning(message, 'Pass2PayWarning');
}

function validMerchants(merchants: MerchantOptions | readonly MerchantOptions[]): readonly MerchantOptions[] {
  const { options, issues } = readRoom(merchantsOptions, { merchants: [merchants].flat() });
  if (issues.length > 0) throw new Pass2PayValidationError(issues);
  return merchantsOptions.resolve(options).merchants;
}
