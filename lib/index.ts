export { cashierOrderPipe, CashierOrderPipe } from './cashier/cashier-order.pipe.js';
export { CashierOrder } from './cashier/cashier-order.dto.js';
export { CashierService } from './cashier/cashier.service.js';
export { CreateCashierOrderDto } from './cashier/create-cashier-order.dto.js';
export type { Endpoint, EndpointName } from './gateway/endpoints.js';
export { GatewayClient, type CallOptions, type CallParam, type GatewayAnswer } from './gateway/gateway-client.js';
export { Pass2PayHealth, type HealthCheckOptions, type HealthReport } from './health/pass2pay-health.js';
export type { TlsOptions, TransportOptions } from './gateway/transport/transport-options.js';
export type { MerchantCacheOptions } from './merchant/merchant-directory.js';
export type { MerchantResolver } from './merchant/merchant-resolver.js';
export { Merchant, type MerchantOptions, type MerchantRef } from './merchant/merchant.js';
export { SecretRotation, type SecretMatch } from './merchant/secret-rotation.js';
export { isPass2PayNotify } from './notify/is-pass2pay-notify.js';
export { NotifyPayload } from './notify/notify-payload.decorator.js';
export { notifySignatureGuard, NotifySignatureGuard } from './notify/notify-signature.guard.js';
export { PaymentNotification } from './notify/payment-notification.js';
export { PaymentNotify, TransferNotify, type NotifyRouteOptions } from './notify/notify-route.decorators.js';
export { TransferNotification } from './notify/transfer-notification.js';
export { isFinal, OrderState } from './order/order-state.js';
export { PaymentOrder } from './order/payment-order.dto.js';
export type { WatchOptions } from './order/order-watch.js';
export { PAY_DATA_TYPES, type PayDataType } from './order/pay-data-type.js';
export type { OrderRef } from './order/payment-query.js';
export { Chain, CreateCryptoOrderDto } from './payment/create-crypto-order.dto.js';
export { CreatePaymentOrderDto } from './payment/create-payment-order.dto.js';
export { CreatedPayment } from './payment/created-payment.dto.js';
export { PaymentService } from './payment/payment.service.js';
export { CreatedTransfer } from './transfer/created-transfer.dto.js';
export { CreateTransferDto } from './transfer/create-transfer.dto.js';
export { Transfer } from './transfer/transfer.dto.js';
export type { TransferRef } from './transfer/transfer-query.js';
export { TransferService } from './transfer/transfer.service.js';
export { TransferState } from './transfer/transfer-state.js';
export { AnswersPass2PayErrors } from './answers-pass2pay-errors.decorator.js';
export { Pass2PayErrorAnswer } from './pass2pay-error-answer.dto.js';
export { Pass2PayExceptionFilter } from './pass2pay-exception.filter.js';
export { OnMismatch, OnPayment, OnTransfer } from './outcome/handler.decorators.js';
export { MemoryOutcomeStore } from './outcome/memory-outcome-store.js';
export type { BookedOrder, OrderBook, PendingOrder } from './outcome/order-book.js';
export type { Mismatch } from './outcome/outcome-binding.js';
export type { DeliveryResult } from './outcome/outcome-delivery.js';
export type { OutcomeQueue, QueueWork } from './outcome/outcome-queue.js';
export { PaymentOutcome, TransferOutcome, type News } from './outcome/outcome.js';
export { Reconciler, type ReconcileResult, type ReconcilerStats } from './outcome/reconciler.js';
export { OutcomeDispatcher, type DispatchResult } from './outcome/outcome-dispatcher.js';
export type { Claim, ClaimResult, OutcomeStore } from './outcome/outcome-store.js';
export {
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
  type Fault,
  type Pass2PayErrorCode,
  type Pass2PayErrorDetails,
} from './pass2pay.errors.js';
export type { Pass2PayModuleExtras, Pass2PayOptionsFactory } from './pass2pay.module-definition.js';
export { Pass2PayModule } from './pass2pay.module.js';
export { Pass2PayOptions } from './pass2pay.options.js';
export {
  getPass2PayOptionsToken,
  getPass2PayPortToken,
  getPass2PayToken,
  InjectPass2Pay,
  type Pass2PayPort,
} from './pass2pay.tokens.js';
export { canonicalize, type SignableParams, type SignableValue } from './signature/canonicalize.js';
export {
  describeDiagnosis,
  diagnoseSignature,
  type DiagnosisHints,
  type SignatureCause,
  type SignatureDiagnosis,
} from './signature/diagnose-signature.js';
export { sign } from './signature/sign.js';
export { verify } from './signature/verify.js';
