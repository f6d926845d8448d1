import type { View } from './dashboard-view.js';
import { html, type Html } from '../../http/html.js';
import { DEFAULT_MERCHANT } from '../../options.js';
import { ENTRY_TEXTS } from './texts/entry-texts.js';
import { FRAME_TEXTS } from './texts/frame-texts.js';

/** How to create the first order. Only the secret of the default merchant is shown, because it is public. */
export function emptyState({ language, desks, options }: View): Html {
  const texts = ENTRY_TEXTS[language];
  const [merchant, ...others] = options.merchants;
  const secret = merchant?.secret === DEFAULT_MERCHANT.secret ? DEFAULT_MERCHANT.secret : undefined;
  const fact = (id: string, name: string, value: string): Html =>
    html`<div class="fact">
      <dt>${name}</dt>
      <dd>
        <code class="breakable" id="${id}">${value}</code>
        <button
          type="button"
          class="button button--small"
          data-copy="${id}"
          aria-label="${FRAME_TEXTS[language].copy}: ${name}"
        >
          ${FRAME_TEXTS[language].copy}
        </button>
      </dd>
    </div>`;
  return html`<section class="card empty">
    <h2>${texts.emptyTitle}</h2>
    <p class="muted">${texts.emptyText}</p>
    <dl class="facts">
      ${fact('base-url', texts.baseUrl, desks.orders.baseUrl)}
      ${merchant && [fact('mch-no', 'mchNo', merchant.mchNo), fact('app-id', 'appId', merchant.appId)]}
      ${
        secret === undefined
          ? html`<div class="fact">
              <dt>${texts.secret}</dt>
              <dd>${texts.yourSecret}</dd>
            </div>`
          : fact('secret', texts.secret, secret)
      }
    </dl>
    ${secret !== undefined && html`<p class="muted">${texts.publicSecret}</p>`}
    ${others.length > 0 && html`<p class="muted">${texts.otherMerchants(others.length)}</p>`}
    <h3>${texts.inYourApp}</h3>
    <pre class="code" id="snippet" tabindex="0" aria-label="${texts.inYourApp}">
${snippet(desks.orders.baseUrl, merchant?.mchNo ?? '', merchant?.appId ?? '', secret)}</pre>
  </section>`;
}

function snippet(baseUrl: string, mchNo: string, appId: string, secret: string | undefined): string {
  const secrets = secret === undefined ? 'process.env.PASS2PAY_SECRET' : `'${secret}'`;
  return [
    'Pass2PayModule.forRoot({',
    `  baseUrl: '${baseUrl}',`,
    `  merchants: [{ mchNo: '${mchNo}', appId: '${appId}', secrets: ${secrets} }],`,
    "  notifyUrl: 'http://localhost:3000/pay/notify',",
    '})',
  ].join('\n');
}
