import { html, type Html } from '../../http/html.js';
import type { SentResponse } from '../../http/http-server.js';
import { FLASK_ICON, NOTICE_ICON } from './icons.js';
import type { DialectName } from '../../dialects/dialect.js';
import type { Language } from '../language.js';
import { CASHIER_MESSAGES } from './messages.js';
import { pageResponse } from '../page-document.js';

/** A page of the cashier, without its frame. */
export interface CashierPage {
  readonly status?: number;
  readonly title: string;
  /** The `<main>` of the page: everything that changes with the order. */
  readonly main: Html;
}

/** Adds the common frame of the cashier's pages. */
export function cashierResponse(
  { status, title, main }: CashierPage,
  language: Language,
  dialect: DialectName,
): SentResponse {
  const texts = CASHIER_MESSAGES[language];
  return pageResponse({
    status,
    language,
    title,
    styles: ['cashier/cashier.css'],
    scripts: ['cashier/cashier.js'],
    body: html`
      ${main}
      <footer class="footer muted">${FLASK_ICON} ${texts.footer} <span id="dialect">(${dialect})</span></footer>
      <p id="announcer" class="visually-hidden" role="status"></p>
    `,
  });
}

/** A page with only a message, for an unknown link or a refused request. */
export function noticePage(status: number, title: string, text: string, more?: Html): CashierPage {
  return {
    status,
    title,
    main: html`
      <main class="cashier cashier--single">
        <div class="card ending">
          <span class="ending__icon">${NOTICE_ICON}</span>
          <h1>${title}</h1>
          <p class="muted">${text}</p>
          ${more}
        </div>
      </main>
    `,
  };
}
