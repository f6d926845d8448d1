import { html } from '../http/html.js';

/** How the payer gets from the create response to the payment. */
export interface PayData {
  readonly payDataType: string;
  readonly payData: string;
}

/**
 * The link to the payment: the order's cashier page, unless a mobile application pays with the channel's own library,
 * or the shop has scanned the payer's code.
 *
 * Source: protocol §8 and §10.
 */
export function payDataFor(payDataType: string, baseUrl: string, token: string): PayData {
  return { payDataType, payData: contentOf(payDataType, baseUrl, token) };
}

export function cashierUrl(baseUrl: string, token: string): string {
  return `${baseUrl}/cashier?payOrderToken=${token}`;
}

function contentOf(payDataType: string, baseUrl: string, token: string): string {
  switch (payDataType) {
    case 'none':
      return '';
    case 'codeImgUrl':
      return `${baseUrl}/cashier/${token}/code.svg`;
    case 'form':
      return html`
        <form method="get" action="${baseUrl}/cashier">
          <input type="hidden" name="payOrderToken" value="${token}" />
        </form>
        <script>
          document.forms[0].submit();
        </script>
      `.text.replaceAll(/\n\s*/g, '');
    case 'wxapp':
      return JSON.stringify({
        appId: 'wx-sandbox',
        timeStamp: '1',
        nonceStr: token.slice(0, 32),
        package: `prepay_id=${token}`,
        signType: 'RSA',
        paySign: 'sandbox',
      });
    case 'aliapp':
      return JSON.stringify({ alipayTradeNo: token.slice(0, 28) });
    case 'ysfapp':
      return JSON.stringify({ redirectUrl: cashierUrl(baseUrl, token) });
    default:
      return cashierUrl(baseUrl, token);
  }
}
