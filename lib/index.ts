export { cashierOrderPipe, CashierOrderPipe, type CashierOrderPipeOptions } from './nest/cashier-order.pipe.js';
export { CashierOrder } from './payments/cashier-order.dto.js';
export { CashierService } from './payments/cashier.service.js';
export { CheckoutDto } from './payments/checkout.dto.js';
export { CreateCashierOrderDto } from './payments/create-cashier-order.dto.js';
export type { ImportedOrder } from './database/orders/imported-order.js';
export type { ImportResult } from './database/orders/order-import.js';
export type { OrderStatus } from './client/order-store.js';
export type { OrderListOptions, OrderPage } from './database/orders/order-list.js';
export type { ForgottenCustomer } from './database/erasure/erasure.js';
export { Pass2PayOrders } from './database/orders/pass2pay-orders.js';
export type { StoredOrder } from './database/orders/stored-orders.js';
export type {
  AfterCommitListOptions,
  OutcomeListOptions,
  OutcomeResult,
  PageOptions,
  ReplayListOptions,
} from './database/audit/list-options.js';
export type { RetryResult } from './database/audit/outcome-retries.js';
export { Pass2PayOutcomes } from './database/audit/pass2pay-outcomes.js';
export type { ReplayOptions, RetryOptions } from './database/audit/retry-options.js';
export type { AfterCommitPage, StoredAfterCommit } from './database/audit/stored-after-commit.js';
export type { OutcomePage, StoredOutcome } from './database/audit/stored-outcomes.js';
export type { ReplayPage, StoredReplay } from './database/audit/stored-replays.js';
export type { AfterCommitStatus } from './database/after-commit/after-commit-table.js';
export type { ReplayStatus } from './database/replay/replay-table.js';
export type { Endpoint, EndpointName } from './protocol/endpoints.js';
export type { CallOptions, CallParam, GatewayResponse } from './client/call.js';
export { GatewayClient } from './client/gateway-client.js';
export { Pass2PayHealth, type HealthCheckOptions, type HealthReport } from './health/pass2pay-health.js';
export type { DatabaseBacklog } from './telemetry/gauges.js';
export type { TlsOptions, TransportOptions } from './client/transport/transport-options.js';
export type { MerchantCacheOptions } from './merchants/merchant-directory.js';
export type { MerchantResolver } from './merchants/merchant-resolver.js';
export { Merchant, type MerchantOptions, type MerchantRef } from './merchants/merchant.js';
export { SecretRotation, type SecretMatch } from './merchants/secret-rotation.js';
export { isPass2PayNotify } from './notify/is-pass2pay-notify.js';
export { NotifyPayload } from './notify/notify-payload.decorator.js';
export { notifySignatureGuard, NotifySignatureGuard } from './notify/notify-signature.guard.js';
export { PaymentNotification } from './payments/payment-notification.js';
export { PaymentNotify, TransferNotify, type NotifyRouteOptions } from './notify/notify-route.decorators.js';
export { TransferNotification } from './transfers/transfer-notification.js';
export { orderKey, type OrderIdentity } from './protocol/order-identity.js';
export { isFinal, OrderState } from './protocol/order-state.js';
export type { PaymentEvent } from './payments/payment-event.js';
export { PaymentOrder } from './payments/payment-order.dto.js';
export type { WatchOptions } from './payments/order-watch.js';
export { PAY_DATA_TYPES, type PayDataType } from './protocol/pay-data-type.js';
export type { OrderRef } from './payments/payment-query.js';
export { Chain, CreateCryptoOrderDto } from './payments/create-crypto-order.dto.js';
export { CreatePaymentOrderDto } from './payments/create-payment-order.dto.js';
export { CreatedPayment } from './payments/created-payment.dto.js';
export { PaymentService } from './payments/payment.service.js';
export { CreatedTransfer } from './transfers/created-transfer.dto.js';
export { CreateTransferDto } from './transfers/create-transfer.dto.js';
export { Transfer } from './transfers/transfer.dto.js';
export type { TransferRef } from './transfers/transfer-query.js';
export { TransferService } from './transfers/transfer.service.js';
export { TransferState } from './protocol/transfer-state.js';
export { CatchPass2PayErrors } from './nest/catch-pass2pay-errors.decorator.js';
export { Pass2PayErrorResponse } from './nest/pass2pay-error-response.dto.js';
export { Pass2PayExceptionFilter } from './nest/pass2pay-exception.filter.js';
export { OnMismatch, OnPayment, OnTransfer, type HandlerOptions } from './outcomes/handler.decorators.js';
export { MemoryInbox } from './outcomes/memory-inbox.js';
export type { ExpectedOrder, MerchantOrders, PendingOrder } from './outcomes/merchant-orders.js';
export type { Mismatch } from './outcomes/order-matcher.js';
export type { OwnOrder } from './outcomes/read-merchant-orders.js';
export type { OutcomeQueue, QueueWork } from './outcomes/outcome-queue.js';
export {
  PaymentOutcome,
  TransferOutcome,
  type DeliveryResult,
  type OutcomeEvent,
  type OutcomeFacts,
  type ProcessResult,
  type TransferEvent,
} from './outcomes/outcome.js';
export { Reconciler, type ReconcileResult, type ReconcilerStats } from './outcomes/reconciler.js';
export type {
  OrderDifference,
  OutcomeReport,
  ReportLine,
  ReportPeriod,
  ReportReason,
  ReportTotals,
} from './outcomes/outcome-report.js';
export { OutcomeProcessor } from './outcomes/outcome-processor.js';
export type { Claim, ClaimResult, Inbox, Remembered } from './outcomes/inbox.js';
export {
  Pass2PayAlreadyPaidError,
  Pass2PayApiError,
  Pass2PayCircuitOpenError,
  Pass2PayConfigError,
  Pass2PayConnectionError,
  Pass2PayCustomerLimitError,
  Pass2PayError,
  Pass2PayMerchantError,
  Pass2PayMerchantOrdersError,
  Pass2PayOrderConflictError,
  Pass2PayOutcomeUnknownError,
  Pass2PayRateLimitError,
  Pass2PaySignatureError,
  Pass2PayTimeoutError,
  Pass2PayValidationError,
  type ValidationIssue,
  type Pass2PayErrorCode,
  type Pass2PayErrorDetails,
} from './errors/pass2pay.errors.js';
export type { Pass2PayModuleExtras, Pass2PayOptionsFactory } from './pass2pay.module-definition.js';
export { Pass2PayModule } from './pass2pay.module.js';
export type { Pass2PayOptions } from './pass2pay.options.js';
export {
  getPass2PayOptionsToken,
  getPass2PayPortToken,
  getPass2PayToken,
  InjectPass2Pay,
  type Pass2PayPort,
} from './pass2pay.tokens.js';
export { canonicalize, type SignableParams, type SignableValue } from './protocol/signature/canonicalize.js';
export {
  describeDiagnosis,
  diagnoseSignature,
  type DiagnosisHints,
  type SignatureCause,
  type SignatureDiagnosis,
} from './protocol/diagnosis/diagnose-signature.js';
export { sign } from './protocol/signature/sign.js';
export { verify } from './protocol/signature/verify.js';
