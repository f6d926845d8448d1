import { sign } from '../../../lib/protocol/signature/sign.js';
import { verify } from '../../../lib/protocol/signature/verify.js';
import type { Pass2PaySandbox, SandboxMerchant } from '../../../sandbox/index.js';

type Params = Record<string, string | number | boolean | null | object | undefined>;

interface GatewayJson {
  code: number;
  msg: string;
  data?: Record<string, string | number>;
  sign?: string;
  traceId?: string;
}

export interface Response {
  status: number;
  headers: Headers;
  text: string;
  json: GatewayJson;
}

export const MERCHANT: SandboxMerchant = { mchNo: 'M1', appId: 'A1', secret: 'TESTKEY0123456789abcdefABCDEF' };

/** A merchant's plain requests: what is given is signed and sent, nothing checked. */
export class MerchantClient {
  private readonly sandbox: Pass2PaySandbox;
  private readonly merchant: SandboxMerchant;

  constructor(sandbox: Pass2PaySandbox, merchant: SandboxMerchant = MERCHANT) {
    this.sandbox = sandbox;
    this.merchant = merchant;
  }

  cashierOrder(params: Params = {}): Promise<Response> {
    return this.post('/api/pay/cashierOrder', this.signed({ ...orderParams(), ...params }));
  }

  unifiedOrder(params: Params = {}): Promise<Response> {
    return this.post(
      '/api/pay/unifiedOrder',
      this.signed({ ...orderParams(), wayCode: 'ALI_QR', subject: '商品', body: '0', clientIp: '1.2.3.4', ...params }),
    );
  }

  cryptoOrder(params: Params = {}): Promise<Response> {
    return this.post(
      '/api/pay/cryptoOrder',
      this.signed({
        ...orderParams(),
        currency: 'USDT',
        subject: 's',
        body: '0',
        clientIp: '1.2.3.4',
        chain: '1',
        ...params,
      }),
    );
  }

  transferOrder(params: Params = {}): Promise<Response> {
    return this.post('/api/transferOrder', this.signed({ ...transferParams(), ...params }));
  }

  query(params: Params): Promise<Response> {
    return this.post('/api/pay/query', this.signed({ version: '1.0', ...params }));
  }

  transferQuery(params: Params): Promise<Response> {
    return this.post('/api/transfer/query', this.signed({ version: '1.0', ...params }));
  }

  signed(params: Params): Params & { sign: string } {
    const { mchNo, appId, secret } = this.merchant;
    const all = { mchNo, appId, version: '1.1', signType: 'MD5', reqTime: 1716888888123, ...params };
    return { ...all, sign: sign(all, secret) };
  }

  post(path: string, params: Params): Promise<Response> {
    return this.send(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(params),
    });
  }

  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${this.sandbox.url}${path}`, init);
    const text = await response.text();
    let json: GatewayJson = { code: -1, msg: 'not JSON' };
    try {
      json = JSON.parse(text) as GatewayJson;
    } catch {
      // The test looks at the text.
    }
    return { status: response.status, headers: response.headers, text, json };
  }

  verifies(response: Response): boolean {
    return response.json.data !== undefined && verify(response.json.data, response.json.sign, this.merchant.secret);
  }
}

export function orderParams(): Params {
  return {
    mchOrderNo: 'O1',
    amount: 10031,
    currency: 'cny',
    custNo: 'C200492312',
    registerTime: 1622016572190,
  };
}

function transferParams(): Params {
  return {
    mchOrderNo: 'T1',
    amount: 100,
    currency: 'cny',
    entryType: 'BANK_CARD',
    accountNo: '6222000011112222',
    clientIp: '1.2.3.4',
    custNo: 'C200492312',
    transferDesc: '0',
  };
}
