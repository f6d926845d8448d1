/**
 * The requests that the documents' samples make, in all five of their languages, as the data that each one sends; the
 * values that the samples leave out (`Merchant Number...`) are as printed. Where a sample is wrong, it says so.
 */
export interface DocumentSample {
  language: string;
  request: Readonly<Record<string, unknown>>;
}

const COMMON = {
  mchNo: 'Merchant Number...',
  appId: 'App ID...',
  mchOrderNo: 'Unique Order Number...',
  amount: 10000,
  currency: 'cny',
  reqTime: 1711021401000,
  signType: 'MD5',
  sign: '5182B5B0...',
  notifyUrl: 'https://www...',
};

export const DOCUMENT_SAMPLES: readonly DocumentSample[] = [
  { language: 'Java', request: { ...COMMON, version: '1.1' } },
  { language: 'PHP', request: { ...COMMON, version: '1.0', channelExtra: { payDataType: 'codeImgUrl' } } },
  {
    language: 'JavaScript',
    request: {
      ...COMMON,
      version: '1.0',
      wayCode: 'ALI_QR',
      subject: "Children's clothing...",
      body: 'A red down jacket...',
    },
  },
  { language: 'Python', request: { ...COMMON, version: '1.0' } },
  { language: 'Go', request: { ...COMMON, version: '1.0', userName: 'zhang san...' } },
];

/** The request that the page prints as its example. */
export const PRINTED_REQUEST = {
  amount: 8,
  extParam: '',
  mchOrderNo: 'mho1624005107281',
  sign: '84F606FA25A6EC4783BECC08D4FDC681',
  reqTime: '1624005107',
  version: '1.0',
  channelExtra: '{"authCode":"280812820366966512"}',
  appId: '60cc09bce4b0f1c0b83761c9',
  notifyUrl: 'https://www.paypass.com',
  signType: 'MD5',
  currency: 'cny',
  returnUrl: '',
  mchNo: 'M1623984572',
};

/** The answer that the page prints, without the signature: it was made with a secret that nobody knows. */
export const PRINTED_RESPONSE_DATA = {
  mchOrderNo: 'D202405220002',
  orderState: 0,
  payData:
    'https://cashier.passtopay.com/wayCode?payOrderToken=408e2d8d6b7b0911d12cf220e48175d9768b7cd5142a8d2e7e64b948e6c75646',
  payDataType: 'payurl',
  payOrderId: 'P1793544595691261954',
};

/** What the table of answers prints as examples. */
export const TABLE_RESPONSE_DATA = {
  payOrderId: 'U12021022311124442600',
  mchOrderNo: '20160427210604000490',
  orderState: 2,
  payDataType: 'payUrl',
  payData: 'https://cashier.pass2pay.io/api/scan/imgs/aa.png',
  errCode: 'ACQ.PAYMENT_AUTH_CODE_INVALID',
  errMsg: 'Business Failed',
};
