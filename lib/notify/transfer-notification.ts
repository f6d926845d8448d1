// Its old place, until lib/testing and the tests that move with it import it from transfers/.
export { TransferNotification } from '../transfers/transfer-notification.js';
