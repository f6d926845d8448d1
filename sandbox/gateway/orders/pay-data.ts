import type { PayEndpoint } from '../api/endpoints.js';
import { html } from '../http/html.js';

/** How the payer gets from the create answer to the payment. */
export interface PayData {
  readonly payDataType: string;
  readonly payData: string;
}

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  ALI_QR: ['codeUrl', 'codeImgUrl'],
  ALI_WAP: ['payUrl', 'codeImgUrl', 'form'],
};

/**
 * Every kind leads to the order's cashier page. The first kind of a way of paying is its default; channelExtra chooses.
 *
 * Source: protocol §8; `payurl` with a lower-case u as in the documented answer of cashierOrder.
 */
export function payDataFor(
  endpoint: PayEndpoint,
  wayCode: string,
  channelExtra: string | undefined,
  baseUrl: string,
  token: string,
): PayData {
  const link = cashierUrl(baseUrl, token);
  if (endpoint === 'cashierOrder') return { payDataType: 'payurl', payData: link };
  if (endpoint === 'cryptoOrder') return { payDataType: 'payUrl', payData: link };
  const choices = CHOICES[wayCode] ?? [];
  const wanted = requestedType(channelExtra);
  const payDataType = choices.find((choice) => choice === wanted) ?? choices[0] ?? 'none';
  return { payDataType, payData: contentOf(payDataType, link, baseUrl, token) };
}

export function cashierUrl(baseUrl: string, token: string): string {
  return `${baseUrl}/cashier?payOrderToken=${token}`;
}

function contentOf(payDataType: string, link: string, baseUrl: string, token: string): string {
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
    default:
      return link;
  }
}

function requestedType(channelExtra: string | undefined): unknown {
  try {
    const extra: unknown = JSON.parse(channelExtra ?? '');
    return typeof extra === 'object' && extra !== null && 'payDataType' in extra ? extra.payDataType : undefined;
  } catch {
    return undefined;
  }
}
