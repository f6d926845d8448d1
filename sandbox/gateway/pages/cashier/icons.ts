import { html, type Html } from '../../http/html.js';
import type { PayMethodKind } from './cashier-messages.js';
import type { EndedView } from './order-view.js';

// Drawn on a grid of 24 units, in the colour of the surrounding text. They only repeat that text, so screen readers
// skip them.

function icon(path: Html): Html {
  return html`<svg
    class="icon"
    viewBox="0 0 24 24"
    width="24"
    height="24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${path}
  </svg>`;
}

const CODE = icon(
  html`<path d="M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 14h2M14 18h2v2M18 18h2v2h-2z" />`,
);
const PHONE = icon(html`<path d="M8 3h8a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM11 18h2" />`);
const SCREEN = icon(html`<path d="M4 5h16v11H4zM9 20h6M12 16v4" />`);
const WALLET = icon(html`<path d="M4 7a2 2 0 0 1 2-2h11v3M4 7v10a2 2 0 0 0 2 2h14V8H6a2 2 0 0 1-2-1zM16 13.5h.5" />`);
const CARD = icon(html`<path d="M4 6h16v12H4zM4 10h16M7 15h3" />`);

export const CLOCK_ICON = icon(html`<path d="M12 7v5l3 2M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z" />`);
export const FLASK_ICON = icon(
  html`<path d="M10 3h4M10.5 3v6L5 18.5A1.7 1.7 0 0 0 6.5 21h11a1.7 1.7 0 0 0 1.5-2.5L13.5 9V3M8 15h8" />`,
);

export const METHOD_ICONS: Readonly<Record<PayMethodKind, Html>> = {
  alipayCode: CODE,
  alipayHere: PHONE,
  alipayComputer: SCREEN,
  wechatCode: CODE,
  wechatHere: PHONE,
  unionPay: CARD,
  payPal: CARD,
  digitalYuan: WALLET,
  crypto: WALLET,
  other: CARD,
};

const CHECK = html`<path d="m6 12.5 4 4 8-9" />`;
const CROSS = html`<path d="m7.5 7.5 9 9M16.5 7.5l-9 9" />`;
const BACK = html`<path d="M9 7 5 11l4 4M5 11h9a5 5 0 0 1 0 10h-2" />`;
const CLOCK = html`<path d="M12 7.5V12l3 2M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z" />`;
const LOCK = html`<path d="M7 11h10v8H7zM9 11V8a3 3 0 0 1 6 0v3" />`;
const ALERT = html`<path d="M12 6v7.5M12 17.5v.1" />`;

export const NOTICE_ICON = icon(html`<path d="M9 9a3 3 0 1 1 4.2 2.8c-.8.4-1.2.9-1.2 1.8v.4M12 17.5v.1" />`);

export const END_ICONS: Readonly<Record<EndedView, Html>> = {
  paid: icon(CHECK),
  failed: icon(CROSS),
  cancelled: icon(CROSS),
  refunded: icon(BACK),
  closed: icon(LOCK),
  expired: icon(CLOCK),
  late: icon(ALERT),
};
