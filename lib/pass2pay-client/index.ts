export type { CallOptions, CallParam, GatewayResponse } from '../client/call.js';
export { GatewayClient } from '../client/gateway-client.js';
export type { TlsOptions, TransportOptions } from '../client/transport/transport-options.js';
export {
  Pass2PayAlreadyPaidError,
  Pass2PayApiError,
  Pass2PayCircuitOpenError,
  Pass2PayConfigError,
  Pass2PayConnectionError,
  Pass2PayError,
  Pass2PayMerchantError,
  Pass2PayOrderConflictError,
  Pass2PayOutcomeUnknownError,
  Pass2PayRateLimitError,
  Pass2PaySignatureError,
  Pass2PayTimeoutError,
  Pass2PayValidationError,
  type ValidationIssue,
} from '../errors/pass2pay.errors.js';
export { readEnvironment, type EnvironmentReading } from '../config/read-environment.js';
export { secretsOf, type MerchantOptions, type MerchantRef } from '../merchants/merchant.js';
export type { Pass2PayOptions } from '../pass2pay.options.js';
export { CashierOrder } from '../payments/cashier-order.dto.js';
export type { CashierService } from '../payments/cashier.service.js';
export { PaymentNotification } from '../payments/payment-notification.js';
export { PaymentOrder } from '../payments/payment-order.dto.js';
export type { PaymentService } from '../payments/payment.service.js';
export { NotifyRefusal, type ClaimedOrder, type NotifyRefusalReason } from '../protocol/notify/notify-refusal.js';
export { isFinal, OrderState } from '../protocol/order-state.js';
export { TransferState } from '../protocol/transfer-state.js';
export { TransferNotification } from '../transfers/transfer-notification.js';
export { Transfer } from '../transfers/transfer.dto.js';
export type { TransferService } from '../transfers/transfer.service.js';
export { notifyUrl as notifyUrlIssue } from '../validation/checks.js';
export type { NotifyMessage } from '../verification/notify-message.js';
export type { VerifiedNotify } from '../verification/notify-verifier.js';
export { Pass2PayClient } from './pass2pay-client.js';
export { verifyNotify } from './verify-notify.js';
