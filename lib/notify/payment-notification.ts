// Its old place, until lib/testing and the tests that move with it import it from payments/.
export { PaymentNotification } from '../payments/payment-notification.js';
