import type { AttemptOutcome } from '../timeline/timeline-input.js';
import type { Messages } from '../../language.js';
import type { StateCause } from '../../../journal/journal-entry.js';

/** The page of an order or transfer. */
export interface OrderPageTexts {
  readonly timeline: string;
  /** The text alternative of the drawing. */
  readonly timelineAlternative: string;
  readonly timelineNow: string;
  readonly scrollable: string;
  readonly orderLane: string;
  readonly requestLane: string;
  readonly notifyLane: (state: string) => string;
  readonly planned: string;
  readonly resend: string;
  readonly skipped: string;
  readonly outcomes: Readonly<Record<AttemptOutcome, string>>;
  readonly attempts: string;
  readonly noAttempts: string;
  readonly noUrlHint: string;
  readonly attempt: string;
  readonly plannedAt: string;
  readonly startedAt: string;
  readonly took: string;
  readonly status: string;
  readonly verdict: string;
  readonly fault: string;
  readonly posts: (times: number) => string;
  readonly details: string;
  readonly sent: string;
  readonly sentParams: string;
  readonly answered: string;
  readonly nothingAnswered: string;
  readonly truncated: string;
  readonly events: string;
  readonly time: string;
  readonly event: string;
  readonly createdEvent: string;
  readonly stateEvent: (from: string, to: string) => string;
  readonly lateEvent: (announced: string, kept: string) => string;
  readonly causes: Readonly<Record<StateCause, string>>;
  readonly scheduledEvent: (number: number) => string;
  readonly faultEvent: (kind: string) => string;
  readonly kept: string;
  readonly received: string;
  readonly expires: string;
  readonly announces: string;
}

export const ORDER_PAGE_TEXTS: Messages<OrderPageTexts> = {
  en: {
    timeline: 'Timeline',
    timelineAlternative: 'The tables below contain the same information.',
    timelineNow: 'now',
    scrollable: 'Timeline, can be scrolled',
    orderLane: 'Order',
    requestLane: 'Requests',
    notifyLane: (state) => `Notify: ${state}`,
    planned: 'Planned by the gateway’s schedule',
    resend: 'Resent manually or duplicated',
    skipped: 'No longer needed',
    outcomes: {
      acknowledged: 'Acknowledged',
      refused: 'Responded, not acknowledged',
      unanswered: 'No answer',
      'under-way': 'Under way',
    },
    attempts: 'Notify attempts',
    noAttempts: 'No notify yet. The gateway sends one when an order is paid, fails or closes.',
    noUrlHint: 'The merchant sent no notifyUrl, so there is no notify.',
    attempt: 'Attempt',
    plannedAt: 'Planned',
    startedAt: 'Started',
    took: 'Took',
    status: 'HTTP',
    verdict: 'Judgement',
    posts: (times) => `posted ${times} times at once`,
    fault: 'Fault',
    details: 'Bytes',
    sent: 'Sent',
    sentParams: 'Parameters',
    answered: 'Answer',
    nothingAnswered: 'No response.',
    truncated: 'Only its first 2 kB are kept.',
    events: 'Events',
    time: 'Time',
    event: 'Event',
    createdEvent: 'Created',
    stateEvent: (from, to) => `${from} → ${to}`,
    lateEvent: (announced, kept) => `Notified as ${announced}, although it stays ${kept}`,
    causes: {
      merchant: 'by the merchant',
      channel: 'by the channel',
      refund: 'by a refund',
      payer: 'by the payer',
      control: 'by a control',
      expiry: 'time was up',
      late: 'paid too late',
    },
    scheduledEvent: (number) => `Notify attempt ${number} planned`,
    faultEvent: (kind) => `Fault ${kind} injected`,
    kept: 'Stored by the gateway',
    received: 'Sent by the merchant',
    expires: 'Expires',
    announces: 'Announces',
  },
  'zh-Hant': {
    timeline: '時間軸',
    timelineAlternative: '圖中的所有內容也列在下方表格中。',
    timelineNow: '現在',
    scrollable: '時間軸，可捲動',
    orderLane: '訂單',
    requestLane: '請求',
    notifyLane: (state) => `通知：${state}`,
    planned: '閘道排程的時間',
    resend: '手動重送或重複傳送',
    skipped: '不再需要',
    outcomes: {
      acknowledged: '已確認',
      refused: '有回應但未確認',
      unanswered: '沒有回應',
      'under-way': '進行中',
    },
    attempts: '通知紀錄',
    noAttempts: '尚未發出通知。訂單支付、失敗或關閉時，閘道會發出通知。',
    noUrlHint: '商戶沒有傳送 notifyUrl，因此不會通知。',
    attempt: '次數',
    plannedAt: '排定',
    startedAt: '開始',
    took: '耗時',
    status: 'HTTP',
    verdict: '判定',
    posts: (times) => `立即送出 ${times} 次`,
    fault: '故障',
    details: '內容',
    sent: '送出',
    sentParams: '參數',
    answered: '回應',
    nothingAnswered: '沒有收到回應。',
    truncated: '只保留前 2 kB。',
    events: '事件',
    time: '時間',
    event: '事件',
    createdEvent: '已建立',
    stateEvent: (from, to) => `${from} → ${to}`,
    lateEvent: (announced, kept) => `通知為「${announced}」，但狀態仍為「${kept}」`,
    causes: {
      merchant: '由商戶',
      channel: '由通道',
      refund: '由退款',
      payer: '由付款人',
      control: '由操作',
      expiry: '時間已到',
      late: '過晚支付',
    },
    scheduledEvent: (number) => `已排定第 ${number} 次通知`,
    faultEvent: (kind) => `故障 ${kind} 生效`,
    kept: '閘道保存的資料',
    received: '商戶傳送的資料',
    expires: '到期',
    announces: '通知內容',
  },
  'zh-Hans': {
    timeline: '时间轴',
    timelineAlternative: '图中的所有内容也列在下方表格中。',
    timelineNow: '现在',
    scrollable: '时间轴，可滚动',
    orderLane: '订单',
    requestLane: '请求',
    notifyLane: (state) => `通知：${state}`,
    planned: '网关计划的时间',
    resend: '手动重发或重复发送',
    skipped: '不再需要',
    outcomes: {
      acknowledged: '已确认',
      refused: '有应答但未确认',
      unanswered: '没有应答',
      'under-way': '进行中',
    },
    attempts: '通知记录',
    noAttempts: '尚未发出通知。订单支付、失败或关闭时，网关会发出通知。',
    noUrlHint: '商户没有发送 notifyUrl，因此不会通知。',
    attempt: '次数',
    plannedAt: '计划',
    startedAt: '开始',
    took: '耗时',
    status: 'HTTP',
    verdict: '判定',
    posts: (times) => `立即发出 ${times} 次`,
    fault: '故障',
    details: '内容',
    sent: '发送',
    sentParams: '参数',
    answered: '应答',
    nothingAnswered: '没有收到应答。',
    truncated: '只保留前 2 kB。',
    events: '事件',
    time: '时间',
    event: '事件',
    createdEvent: '已创建',
    stateEvent: (from, to) => `${from} → ${to}`,
    lateEvent: (announced, kept) => `通知为“${announced}”，但状态仍为“${kept}”`,
    causes: {
      merchant: '由商户',
      channel: '由通道',
      refund: '由退款',
      payer: '由付款人',
      control: '由操作',
      expiry: '时间已到',
      late: '过晚支付',
    },
    scheduledEvent: (number) => `已计划第 ${number} 次通知`,
    faultEvent: (kind) => `故障 ${kind} 生效`,
    kept: '网关保存的数据',
    received: '商户发送的数据',
    expires: '到期',
    announces: '通知内容',
  },
};
