import type { Messages } from '../../language.js';

/** The page of the requests to the API. */
export interface RequestTexts {
  readonly title: string;
  readonly refused: string;
  readonly all: string;
  readonly which: string;
  readonly noneRefused: string;
  readonly none: string;
  readonly noResponse: string;
  readonly signatureCheck: string;
  readonly diagnosis: string;
  readonly canonical: string;
  readonly canonicalHint: string;
  readonly receivedSign: string;
  readonly sent: string;
  readonly suspect: string;
  readonly noParams: string;
  readonly latest: (count: number) => string;
}

export const REQUEST_TEXTS: Messages<RequestTexts> = {
  en: {
    title: 'Requests',
    refused: 'Refused',
    all: 'All',
    which: 'Which requests',
    noneRefused: 'No refused requests so far. Refused requests appear here with the reason.',
    none: 'No requests yet.',
    noResponse: 'no response',
    signatureCheck: 'Signature check',
    diagnosis: 'Diagnosis',
    canonical: 'The text that the gateway signed',
    canonicalHint: 'Built from the gateway’s typed fields of the request; the secret is masked.',
    receivedSign: 'The received signature',
    sent: 'Sent parameters',
    suspect: 'The diagnosis names this parameter',
    noParams: 'No parameters could be read.',
    latest: (count) => `The latest ${count} are shown.`,
  },
  'zh-Hant': {
    title: '請求',
    refused: '被拒絕',
    all: '全部',
    which: '顯示哪些請求',
    noneRefused: '目前閘道沒有拒絕任何請求。被拒絕的請求會連同原因出現在這裡。',
    none: '尚未收到請求。',
    noResponse: '沒有回應',
    signatureCheck: '驗簽',
    diagnosis: '診斷',
    canonical: '閘道簽名的字串',
    canonicalHint: '由其型別欄位從請求取得的值組成；密鑰已遮蔽。',
    receivedSign: '收到的簽名',
    sent: '收到的參數',
    suspect: '診斷提到此參數',
    noParams: '無法讀取任何參數。',
    latest: (count) => `顯示最近 ${count} 筆。`,
  },
  'zh-Hans': {
    title: '请求',
    refused: '被拒绝',
    all: '全部',
    which: '显示哪些请求',
    noneRefused: '目前网关没有拒绝任何请求。被拒绝的请求会连同原因出现在这里。',
    none: '尚未收到请求。',
    noResponse: '没有应答',
    signatureCheck: '验签',
    diagnosis: '诊断',
    canonical: '网关签名的字符串',
    canonicalHint: '由其类型化字段从请求取得的值组成；密钥已掩盖。',
    receivedSign: '收到的签名',
    sent: '收到的参数',
    suspect: '诊断提到此参数',
    noParams: '无法读取任何参数。',
    latest: (count) => `显示最近 ${count} 条。`,
  },
};
