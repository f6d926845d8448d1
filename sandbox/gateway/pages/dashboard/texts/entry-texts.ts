import type { EntryControl } from '../entry-controls.js';
import type { Messages } from '../../language.js';
import type { NotifyStanding } from '../notify-standing.js';
import type { OrderStateNumber, TransferStateNumber } from '../../../orders/order-state.js';

/** Texts for both the list of orders and the page of an order. */
export interface EntryTexts {
  readonly order: string;
  readonly transfer: string;
  readonly refund: string;
  readonly orderStates: Readonly<Record<OrderStateNumber, string>>;
  readonly transferStates: Readonly<Record<TransferStateNumber, string>>;
  readonly controls: Readonly<Record<EntryControl, string>>;
  /** For screen readers, because many rows have the same button. */
  readonly controlOf: (control: string, mchOrderNo: string) => string;
  readonly controlsTitle: string;
  readonly openCashier: string;
  readonly standings: Readonly<Record<NotifyStanding['kind'], string>>;
  readonly attemptsSoFar: (attempts: number) => string;
  readonly nextDue: string;
  readonly number: string;
  readonly merchant: string;
  readonly amount: string;
  readonly state: string;
  readonly created: string;
  readonly notify: string;
  readonly listTitle: string;
  readonly search: string;
  readonly searchHint: string;
  readonly anyKind: string;
  readonly anyState: string;
  readonly anyMerchant: string;
  readonly kind: string;
  readonly orders: string;
  readonly transfers: string;
  readonly refunds: string;
  readonly filter: string;
  readonly clearFilter: string;
  readonly shown: (shown: number, all: number) => string;
  readonly showMore: string;
  readonly nothingFits: string;
  readonly emptyTitle: string;
  readonly emptyText: string;
  readonly baseUrl: string;
  readonly appId: string;
  readonly secret: string;
  readonly publicSecret: string;
  readonly yourSecret: string;
  readonly otherMerchants: (count: number) => string;
  readonly inYourApp: string;
}

export const ENTRY_TEXTS: Messages<EntryTexts> = {
  en: {
    order: 'Order',
    transfer: 'Transfer',
    refund: 'Refund',
    orderStates: {
      0: 'Created',
      1: 'Paying',
      2: 'Paid',
      3: 'Failed',
      4: 'Cancelled',
      5: 'Refunded',
      6: 'Closed',
    },
    transferStates: { 0: 'Created', 1: 'Processing', 2: 'Succeeded', 3: 'Failed', 4: 'Closed' },
    controls: {
      pay: 'Pay',
      fail: 'Fail',
      close: 'Let expire',
      refund: 'Refund',
      'pay-after-close': 'Pay too late',
      'resend-notify': 'Resend notify',
      succeed: 'Succeed',
    },
    controlOf: (control, mchOrderNo) => `${control}: ${mchOrderNo}`,
    controlsTitle: 'Controls',
    openCashier: 'Cashier page',
    standings: {
      'no-url': 'No notifyUrl',
      none: 'Not yet',
      'under-way': 'Being sent',
      waiting: 'Will retry',
      acknowledged: 'Acknowledged',
      'given-up': 'Given up',
    },
    attemptsSoFar: (attempts) => (attempts === 1 ? '1 attempt' : `${attempts} attempts`),
    nextDue: 'next',
    number: 'Order number',
    merchant: 'Merchant',
    amount: 'Amount',
    state: 'State',
    created: 'Created',
    notify: 'Notify',
    listTitle: 'Orders and transfers',
    search: 'Search',
    searchHint: 'Number, subject, account…',
    anyKind: 'Orders and transfers',
    anyState: 'Any state',
    anyMerchant: 'Any merchant',
    kind: 'Kind',
    orders: 'Orders',
    transfers: 'Transfers',
    refunds: 'Refunds',
    filter: 'Filter',
    clearFilter: 'Clear the filter',
    shown: (shown, all) => (shown === all ? `${all} in all` : `${shown} of ${all}`),
    showMore: 'Show more',
    nothingFits: 'No matches for this filter.',
    emptyTitle: 'Waiting for your first order',
    emptyText:
      'Point your application at this sandbox and create an order. It appears here immediately. Then pay it, fail it or let it expire, and watch the notifies.',
    baseUrl: 'Base URL',
    appId: 'App id',
    secret: 'Secret',
    publicSecret: 'This secret is public: it is the default of every sandbox and useless elsewhere.',
    yourSecret: 'The secret with which you started the sandbox. It is not shown here.',
    otherMerchants: (count) => (count === 1 ? 'and 1 more merchant app' : `and ${count} more merchant apps`),
    inYourApp: 'In your NestJS application',
  },
  'zh-Hant': {
    order: '訂單',
    transfer: '轉帳',
    refund: '退款',
    orderStates: { 0: '已建立', 1: '支付中', 2: '已支付', 3: '失敗', 4: '已取消', 5: '已退款', 6: '已關閉' },
    transferStates: { 0: '已建立', 1: '處理中', 2: '成功', 3: '失敗', 4: '已關閉' },
    controls: {
      pay: '支付',
      fail: '支付失敗',
      close: '讓其逾期',
      refund: '退款',
      'pay-after-close': '關閉後支付',
      'resend-notify': '重送通知',
      succeed: '成功',
    },
    controlOf: (control, mchOrderNo) => `${control}：${mchOrderNo}`,
    controlsTitle: '操作',
    openCashier: '收銀台頁面',
    standings: {
      'no-url': '沒有 notifyUrl',
      none: '尚未通知',
      'under-way': '傳送中',
      waiting: '等待重試',
      acknowledged: '已確認',
      'given-up': '已放棄',
    },
    attemptsSoFar: (attempts) => `${attempts} 次`,
    nextDue: '下一次',
    number: '訂單號',
    merchant: '商戶',
    amount: '金額',
    state: '狀態',
    created: '建立時間',
    notify: '通知',
    listTitle: '訂單與轉帳',
    search: '搜尋',
    searchHint: '單號、標題、帳號…',
    anyKind: '訂單與轉帳',
    anyState: '所有狀態',
    anyMerchant: '所有商戶',
    kind: '類型',
    orders: '訂單',
    transfers: '轉帳',
    refunds: '退款',
    filter: '篩選',
    clearFilter: '清除篩選',
    shown: (shown, all) => (shown === all ? `共 ${all} 筆` : `${shown} / ${all} 筆`),
    showMore: '顯示更多',
    nothingFits: '沒有符合條件的項目。',
    emptyTitle: '等待您的第一筆訂單',
    emptyText:
      '讓您的應用程式連到這個沙盒並建立訂單，訂單會立即出現在這裡；之後可以支付、失敗或逾期，並觀察通知的傳送。',
    baseUrl: '基礎網址',
    appId: '應用 ID',
    secret: '密鑰',
    publicSecret: '此密鑰是公開的：它是每個沙盒的預設值，在別處毫無用處。',
    yourSecret: '即您啟動沙盒時設定的密鑰，這裡不顯示。',
    otherMerchants: (count) => `另有 ${count} 個商戶應用`,
    inYourApp: '在您的 NestJS 應用程式中',
  },
  'zh-Hans': {
    order: '订单',
    transfer: '转账',
    refund: '退款',
    orderStates: { 0: '已创建', 1: '支付中', 2: '已支付', 3: '失败', 4: '已取消', 5: '已退款', 6: '已关闭' },
    transferStates: { 0: '已创建', 1: '处理中', 2: '成功', 3: '失败', 4: '已关闭' },
    controls: {
      pay: '支付',
      fail: '支付失败',
      close: '让其过期',
      refund: '退款',
      'pay-after-close': '关闭后支付',
      'resend-notify': '重发通知',
      succeed: '成功',
    },
    controlOf: (control, mchOrderNo) => `${control}：${mchOrderNo}`,
    controlsTitle: '操作',
    openCashier: '收银台页面',
    standings: {
      'no-url': '没有 notifyUrl',
      none: '尚未通知',
      'under-way': '发送中',
      waiting: '等待重试',
      acknowledged: '已确认',
      'given-up': '已放弃',
    },
    attemptsSoFar: (attempts) => `${attempts} 次`,
    nextDue: '下一次',
    number: '订单号',
    merchant: '商户',
    amount: '金额',
    state: '状态',
    created: '创建时间',
    notify: '通知',
    listTitle: '订单与转账',
    search: '搜索',
    searchHint: '单号、标题、账号…',
    anyKind: '订单与转账',
    anyState: '所有状态',
    anyMerchant: '所有商户',
    kind: '类型',
    orders: '订单',
    transfers: '转账',
    refunds: '退款',
    filter: '筛选',
    clearFilter: '清除筛选',
    shown: (shown, all) => (shown === all ? `共 ${all} 笔` : `${shown} / ${all} 笔`),
    showMore: '显示更多',
    nothingFits: '没有符合条件的项目。',
    emptyTitle: '等待您的第一笔订单',
    emptyText: '让您的应用连接到这个沙盒并创建订单，订单会立即出现在这里；之后可以支付、失败或过期，并观察通知的发送。',
    baseUrl: '基础网址',
    appId: '应用 ID',
    secret: '密钥',
    publicSecret: '此密钥是公开的：它是每个沙盒的默认值，在别处毫无用处。',
    yourSecret: '即您启动沙盒时设置的密钥，这里不显示。',
    otherMerchants: (count) => `另有 ${count} 个商户应用`,
    inYourApp: '在您的 NestJS 应用中',
  },
};
