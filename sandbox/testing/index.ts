export { signedPaymentNotify, signedTransferNotify } from './signed-notify.js';
export type { PaymentNotifyFields, SignedNotify, SignedNotifyOptions, TransferNotifyFields } from './signed-notify.js';
export { startTestSandbox, type TestSandbox, type TestSandboxOptions } from './test-sandbox.js';
