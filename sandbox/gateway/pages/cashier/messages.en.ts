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
  codeOfThisComputer: 'The sandbox listens on this computer only: start it with host 0.0.0.0 to scan from a phone.',
  paymentLink: 'Show the link',

  sandboxExplained: 'No money moves here. You decide how this payment ends.',
  pay: (amount) => `Pay ${amount}`,
  fail: 'Fail',
  expire: 'Let expire',
  working: 'One moment…',
  payLateExplained: 'Pay all the same, as a payer can whose bank was slow: the merchant is notified of a late payment.',
  payLate: (amount) => `Pay ${amount} late`,

  ends: {
    paid: {
      title: 'Payment received',
      text: (merchant) => `Paid to ${merchant}. Thank you.`,
    },
    failed: { title: 'Payment failed', text: () => 'The payment did not go through. Nothing was charged.' },
    cancelled: { title: 'Order cancelled', text: () => 'This order was cancelled. Nothing was charged.' },
    refunded: { title: 'Payment refunded', text: (merchant) => `${merchant} has paid this back to you.` },
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
        `It arrived after the order had ended. ${merchant} is told of it, and decides whether to deliver or to refund.`,
    },
  },
  paidAt: 'Paid',
  endedAt: 'Ended',
  gatewayNumber: 'Payment number',
  returnTo: (merchant) => `Return to ${merchant}`,
  returning: ['Taking you back in', 'seconds'],
  stay: 'Stay here',
  closePage: 'You can close this page.',

  unknownTitle: 'This payment link is not known',
  unknownText: 'It may be incomplete, or the sandbox was started anew since. Go back to the shop and order again.',
  nothingHereTitle: 'There is nothing here',
  nothingHereText: 'This address takes no such request.',
  unknownMethodTitle: 'This payment method is not offered',
  unknownMethodText: 'The order takes other payment methods. Choose one of them.',
  backToOrder: 'Back to the order',
  footer: 'Pass2Pay sandbox: a gateway to develop against',
};
