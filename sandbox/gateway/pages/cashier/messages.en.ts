import type { CashierMessages } from './cashier-messages.js';

export const ENGLISH: CashierMessages = {
  sandbox: 'Sandbox',
  payTo: (merchant) => `Pay ${merchant}`,
  amount: 'Amount',
  item: 'Item',
  orderNumber: 'Order number',
  payBy: 'Pay by',
  timeLeft: 'Time left',
  minutesLeft: (minutes) => (minutes === 1 ? '1 minute left to pay' : `${minutes} minutes left to pay`),
  secondsLeft: (seconds) => `${seconds} seconds left to pay`,
  timeIsUp: 'The time to pay is up',

  chooseMethod: 'How would you like to pay?',
  method: 'Payment method',
  methods: {
    alipayCode: { name: 'Alipay QR code', hint: 'Scan it with your phone' },
    alipayHere: { name: 'Alipay', hint: 'Pay on this device' },
    alipayComputer: { name: 'Alipay account', hint: 'Sign in and pay on this computer' },
    wechatCode: { name: 'WeChat Pay QR code', hint: 'Scan it with your phone' },
    wechatHere: { name: 'WeChat Pay', hint: 'Pay on this device' },
    unionPay: { name: 'UnionPay QuickPass', hint: 'Pay on this device' },
    payPal: { name: 'PayPal', hint: 'Sign in and pay' },
    digitalYuan: { name: 'Digital yuan', hint: 'Pay from your e-CNY wallet' },
    crypto: { name: 'Crypto transfer', hint: 'Send from your wallet' },
    other: { name: 'Online payment', hint: 'Pay on this device' },
  },
  cryptoTransfer: (currency, network) => ({
    name: network === undefined ? `${currency} transfer` : `${currency} on ${network}`,
    hint: 'Send it from your wallet',
  }),

  scan: 'Scan to open this payment on your phone',
  codeAlternative: 'QR code with the link to this payment',
  codeOfThisComputer:
    'The sandbox is reachable from this computer only. Start it with host 0.0.0.0 to scan from a phone.',
  paymentLink: 'Show the link',

  sandboxExplained: 'No money moves here. You decide how this payment ends.',
  pay: (amount) => `Pay ${amount}`,
  fail: 'Fail',
  expire: 'Let expire',
  working: 'One moment…',
  payLateExplained: 'Pay anyway, like a payer with a slow bank: the merchant is notified of a late payment.',
  payLate: (amount) => `Pay ${amount} late`,

  ends: {
    paid: {
      title: 'Payment received',
      text: (merchant) => `Paid to ${merchant}. Thank you.`,
    },
    failed: { title: 'Payment failed', text: () => 'The payment did not go through. Nothing was charged.' },
    cancelled: { title: 'Order cancelled', text: () => 'This order was cancelled. Nothing was charged.' },
    refunded: { title: 'Payment refunded', text: (merchant) => `${merchant} has refunded this payment.` },
    closed: {
      title: 'Order closed',
      text: (merchant) => `${merchant} has closed this order; it can no longer be paid. Nothing was charged.`,
    },
    expired: {
      title: 'Time is up',
      text: () => 'This order was not paid in time and has expired. Nothing was charged.',
    },
    late: {
      title: 'Payment came too late',
      text: (merchant) =>
        `It arrived after the order had ended. ${merchant} has been notified and decides whether to deliver or to refund.`,
    },
  },
  paidAt: 'Paid',
  endedAt: 'Ended',
  gatewayNumber: 'Payment number',
  returnTo: (merchant) => `Return to ${merchant}`,
  returning: ['Returning in', 'seconds'],
  stay: 'Stay here',
  closePage: 'You can close this page.',

  unknownTitle: 'Unknown payment link',
  unknownText: 'It may be incomplete, or the sandbox has been restarted. Go back to the shop and order again.',
  nothingHereTitle: 'Nothing here',
  nothingHereText: 'This address does not support this request.',
  unknownMethodTitle: 'Payment method not available',
  unknownMethodText: 'Choose one of the payment methods of this order.',
  backToOrder: 'Back to the order',
  footer: 'Pass2Pay sandbox: a gateway to develop against',
};
