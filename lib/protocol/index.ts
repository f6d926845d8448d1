export { javaFold } from './diagnosis/java-order.js';
export {
  describeDiagnosis,
  diagnoseSignature,
  type DiagnosisHints,
  type SignatureCause,
  type SignatureDiagnosis,
} from './diagnosis/diagnose-signature.js';
export { explain, ORDER_NOT_FOUND, type GatewayMessage } from './gateway-messages.js';
export { candidateParams, type NotifySource, type Reading } from './notify/candidate-params.js';
export type { FlatParams } from './notify/flat-params.js';
export { PAYMENT_NOTIFY_FIELDS, TRANSFER_NOTIFY_FIELDS } from './notify/notify-fields.js';
export { NotifyRefusal, type ClaimedOrder, type NotifyRefusalReason } from './notify/notify-refusal.js';
export { isFinal, OrderState } from './order-state.js';
export { canonicalize, type SignableParams, type SignableValue } from './signature/canonicalize.js';
export { sign } from './signature/sign.js';
export { matchingSecret, verify } from './signature/verify.js';
export { isFinalTransfer, TransferState } from './transfer-state.js';
export { isWireObject, numberLiteral, parseWireObject, signable, type WireObject } from './wire-json.js';
