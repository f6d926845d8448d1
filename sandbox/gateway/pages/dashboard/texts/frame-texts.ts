import type { Messages } from '../../language.js';

/** The frame of every page of the dashboard. */
export interface FrameTexts {
  readonly product: string;
  readonly skip: string;
  readonly navigation: string;
  readonly entries: string;
  readonly requests: string;
  readonly faults: string;
  readonly live: string;
  readonly reconnecting: string;
  readonly needsScript: string;
  readonly clock: string;
  readonly realTime: string;
  readonly speed: (factor: string) => string;
  readonly dialect: (name: string) => string;
  readonly stepped: string;
  readonly advanceBy: (span: string) => string;
  readonly toNext: string;
  readonly advanceToNext: string;
  readonly done: string;
  readonly unreachable: string;
  readonly copy: string;
  readonly copied: string;
  readonly notFound: string;
  readonly notFoundHint: string;
  readonly backToEntries: string;
}

export const FRAME_TEXTS: Messages<FrameTexts> = {
  en: {
    product: 'Pass2Pay sandbox',
    skip: 'Skip to the content',
    navigation: 'Dashboard',
    entries: 'Orders',
    requests: 'Requests',
    faults: 'Faults',
    live: 'Live',
    reconnecting: 'Reconnecting…',
    needsScript: 'Without JavaScript this page shows the current state, but its buttons do not work.',
    clock: 'Clock',
    realTime: 'Real time',
    speed: (factor) => `Time × ${factor}`,
    dialect: (name) => `Dialect: ${name}`,
    stepped: 'Stepped time',
    advanceBy: (span) => `Advance by ${span}`,
    toNext: 'next',
    advanceToNext: 'Advance to the next event',
    done: 'Done.',
    unreachable: 'The sandbox does not respond. Is it still running?',
    copy: 'Copy',
    copied: 'Copied',
    notFound: 'Not found',
    notFoundHint: 'Unknown order. The sandbox stores orders in memory and drops the oldest first.',
    backToEntries: 'All orders',
  },
  'zh-Hant': {
    product: 'Pass2Pay 沙盒',
    skip: '跳至內容',
    navigation: '主控台',
    entries: '訂單',
    requests: '請求',
    faults: '故障',
    live: '即時',
    reconnecting: '重新連線中…',
    needsScript: '沒有 JavaScript 時，本頁只顯示目前狀況，按鈕不起作用。',
    clock: '時鐘',
    realTime: '實際時間',
    speed: (factor) => `時間 × ${factor}`,
    dialect: (name) => `方言：${name}`,
    stepped: '手動推進時間',
    advanceBy: (span) => `推進 ${span}`,
    toNext: '下一個',
    advanceToNext: '推進到下一個到期事項',
    done: '完成。',
    unreachable: '沙盒沒有回應。它還在執行嗎？',
    copy: '複製',
    copied: '已複製',
    notFound: '找不到',
    notFoundHint: '沙盒不認得這筆訂單。訂單保存在記憶體中，最舊的會先移除。',
    backToEntries: '所有訂單',
  },
  'zh-Hans': {
    product: 'Pass2Pay 沙盒',
    skip: '跳至内容',
    navigation: '控制台',
    entries: '订单',
    requests: '请求',
    faults: '故障',
    live: '实时',
    reconnecting: '正在重新连接…',
    needsScript: '没有 JavaScript 时，本页只显示当前状况，按钮不起作用。',
    clock: '时钟',
    realTime: '真实时间',
    speed: (factor) => `时间 × ${factor}`,
    dialect: (name) => `方言：${name}`,
    stepped: '手动推进时间',
    advanceBy: (span) => `推进 ${span}`,
    toNext: '下一个',
    advanceToNext: '推进到下一个到期事项',
    done: '完成。',
    unreachable: '沙盒没有回应。它还在运行吗？',
    copy: '复制',
    copied: '已复制',
    notFound: '未找到',
    notFoundHint: '沙盒不认识这笔订单。订单保存在内存中，最旧的会先移除。',
    backToEntries: '所有订单',
  },
};
