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

/** Shared by all calls, because forged notifies can arrive at any rate. */
const diagnoses = new DiagnosisLimit();

/**
 * Verifies a notify by its signature, without a network call, and reads it. After handling a notify, respond with
 * exactly the text `success`; otherwise the gateway sends it again.
 *
 * @param merchants the merchants, with all their live secrets: one, or several as in the option `merchants`
 * @throws NotifyRefusal with the `reason` of the refusal: `ambiguous` if a query is needed, which
 * `Pass2PayClient.verifyNotify` makes. Respond with 401, without details: anybody may be the sender.
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
