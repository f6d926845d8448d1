import type { CashierPage } from './cashier-frame.js';
import { formatMoney, formatTime } from '../format.js';
import { html, type Html } from '../../http/html.js';
import { CLOCK_ICON, FLASK_ICON, METHOD_ICONS } from './icons.js';
import type { Language } from '../language.js';
import type { CashierMessages } from './cashier-messages.js';
import { CASHIER_MESSAGES } from './messages.js';
import type { PayLink } from './pay-link.js';
import type { OfferedMethods, PayMethod } from './pay-methods.js';
import type { SandboxOrder } from '../../orders/sandbox-order.js';

/** The data on the page of an order that can be paid. */
export interface OpenOrder {
  readonly order: SandboxOrder;
  readonly merchantName: string;
  readonly offered: OfferedMethods;
  readonly link: PayLink;
  /** The sandbox's time, in ms since 1970. */
  readonly now: number;
}

/** Remaining times that screen readers announce. */
const ANNOUNCED_MINUTES = [10, 5, 1];
const ANNOUNCED_SECONDS = [30, 10];

/** The page on which the payer pays an order, or lets it fail or expire. */
export function orderPage(shown: OpenOrder, language: Language): CashierPage {
  const { order, merchantName, offered } = shown;
  const texts = CASHIER_MESSAGES[language];
  const amount = formatMoney(order.amount, order.currency, language).whole;
  return {
    title: `${texts.payTo(merchantName)} · ${amount}`,
    main: html`
      <main
        class="cashier"
        data-cashier="open"
        data-states="0 1"
        data-events="/cashier/${order.cashierToken}/events"
        data-now="${shown.now}"
      >
        ${summary(shown, texts, language)}
        <form class="payment" method="post" action="/cashier/${order.cashierToken}/pay">
          ${methodChoice(offered, texts)} ${offered.methods.some(({ byCode }) => byCode) && code(shown, texts)}
          ${sandboxPanel(order, amount, texts)}
        </form>
      </main>
    `,
  };
}

function summary({ order, merchantName }: OpenOrder, texts: CashierMessages, language: Language): Html {
  const money = formatMoney(order.amount, order.currency, language);
  const symbol = html`<span class="price__symbol">${money.symbol}</span>`;
  return html`
    <section class="summary" aria-labelledby="merchant">
      <div class="summary__merchant">
        <span class="avatar" aria-hidden="true">${initialOf(merchantName)}</span>
        <h1 id="merchant" tabindex="-1" class="breakable">${texts.payTo(merchantName)}</h1>
      </div>
      <p class="price number">
        <span class="visually-hidden">${texts.amount}: </span>${
          money.symbolFirst ? html`${symbol}<span>${money.number}</span>` : html`<span>${money.number}</span> ${symbol}`
        }
      </p>
      <p class="deadline" hidden>
        ${CLOCK_ICON} ${texts.timeLeft}
        <span
          class="deadline__left number"
          role="timer"
          data-expires-at="${order.expiresAt}"
          data-announcements="${JSON.stringify(announcements(texts))}"
        ></span>
      </p>
      <dl class="details">
        <div>
          <dt>${texts.item}</dt>
          <dd class="breakable">${order.subject}</dd>
        </div>
        <div>
          <dt>${texts.orderNumber}</dt>
          <dd class="breakable number">${order.mchOrderNo}</dd>
        </div>
        <div>
          <dt>${texts.payBy}</dt>
          <dd class="number">
            <time datetime="${new Date(order.expiresAt).toISOString()}">${formatTime(order.expiresAt, language)}</time>
          </dd>
        </div>
      </dl>
    </section>
  `;
}

function methodChoice({ fixed, methods }: OfferedMethods, texts: CashierMessages): Html | undefined {
  const [only] = methods;
  if (only === undefined) return undefined;
  if (fixed) {
    return html`
      <section aria-labelledby="method">
        <h2 id="method" class="payment__heading">${texts.method}</h2>
        <p class="method method--fixed">${methodContent(only)}</p>
      </section>
    `;
  }
  return html`
    <fieldset>
      <legend class="payment__heading">${texts.chooseMethod}</legend>
      <div class="methods">
        ${methods.map(
          (method, index) => html`
            <label class="method">
              <input
                type="radio"
                name="wayCode"
                value="${method.wayCode}"
                class="${method.byCode ? 'by-code' : 'here'}"
                ${index === 0 ? CHECKED : undefined}
              />
              ${methodContent(method)}
            </label>
          `,
        )}
      </div>
    </fieldset>
  `;
}

const CHECKED = html`checked`;

function methodContent({ kind, name, hint }: PayMethod): Html {
  return html`
    <span class="method__icon">${METHOD_ICONS[kind]}</span>
    <span class="method__text"><strong>${name}</strong> <span class="muted">${hint}</span></span>
  `;
}

function code({ order, link }: OpenOrder, texts: CashierMessages): Html {
  return html`
    <figure class="code">
      <img
        class="code__image"
        src="/cashier/${order.cashierToken}/code.svg"
        alt="${texts.codeAlternative}"
        width="176"
        height="176"
      />
      <figcaption class="code__text">
        <p><strong>${texts.scan}</strong></p>
        ${link.onlyHere && html`<p class="muted">${texts.codeOfThisComputer}</p>`}
        <details>
          <summary>${texts.paymentLink}</summary>
          <a class="breakable number" href="${link.url}">${link.url}</a>
        </details>
      </figcaption>
    </figure>
  `;
}

function sandboxPanel(order: SandboxOrder, amount: string, texts: CashierMessages): Html {
  const path = `/cashier/${order.cashierToken}`;
  return html`
    <section class="sandbox" aria-labelledby="sandbox">
      <h2 id="sandbox" class="sandbox-mark">${FLASK_ICON} ${texts.sandbox}</h2>
      <p>${texts.sandboxExplained}</p>
      <div class="sandbox__buttons">
        <button class="button button--primary button--wide" data-working="${texts.working}">
          ${texts.pay(amount)}
        </button>
        <button class="button button--danger" formaction="${path}/fail">${texts.fail}</button>
        <button class="button" formaction="${path}/expire">${texts.expire}</button>
      </div>
    </section>
  `;
}

/** The announcements by remaining seconds. */
function announcements(texts: CashierMessages): Record<number, string> {
  return Object.fromEntries([
    ...ANNOUNCED_MINUTES.map((minutes) => [minutes * 60, texts.minutesLeft(minutes)] as const),
    ...ANNOUNCED_SECONDS.map((seconds) => [seconds, texts.secondsLeft(seconds)] as const),
    [0, texts.timeIsUp],
  ]);
}

/** The first character as seen by readers. */
function initialOf(name: string): string {
  const [first] = new Intl.Segmenter().segment(name.trim());
  return first?.segment.toUpperCase() ?? '';
}
