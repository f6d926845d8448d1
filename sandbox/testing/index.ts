export { databaseChecks, type DatabaseCheck } from './database/database-checks.js';
export type { AdapterUnderTest, OpenAdapter } from './database/subject.js';
export { signedPaymentNotify, signedTransferNotify } from './signed-notify.js';
export type { PaymentNotifyFields, SignedNotify, SignedNotifyOptions, TransferNotifyFields } from './signed-notify.js';
export { startTestSandbox, type TestSandbox, type TestSandboxOptions } from './test-sandbox.js';
