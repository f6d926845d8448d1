import { assetUrl } from '../assets-site.js';
import { clockControl } from './clock-control.js';
import type { View } from './dashboard-view.js';
import { html, type Html } from '../../http/html.js';
import type { SentResponse } from '../../http/http-server.js';
import { icon } from './icons.js';
import { pageResponse } from '../page-document.js';
import { isRefused, requestsIn } from './refused-requests.js';
import { FRAME_TEXTS } from './texts/frame-texts.js';

export interface DashboardPage {
  readonly status?: number;
  readonly title: string;
  /** The section of the dashboard that it belongs to. */
  readonly part: 'entries' | 'requests' | 'faults';
  readonly content: Html;
}

/** A page of the dashboard: header, content, and the scripts that update it. */
export function dashboardPage(view: View, page: DashboardPage): SentResponse {
  const texts = FRAME_TEXTS[view.language];
  return pageResponse({
    status: page.status,
    language: view.language,
    title: `${page.title} – ${texts.product}`,
    styles: ['dashboard/dashboard.css', 'dashboard/timeline.css'],
    scripts: ['dashboard/dashboard.js'],
    body: html`<a class="skip-link visually-hidden" href="#content">${texts.skip}</a>
      <header class="bar">
        <a class="bar__brand" href="/"
          ><img src="${assetUrl('icon.svg')}" alt="" width="28" height="28" />${texts.product}</a
        >
        <nav class="bar__nav" aria-label="${texts.navigation}">${navigation(view, page.part)}</nav>
        <p id="dialect"><small class="muted">${texts.dialect(view.options.dialect)}</small></p>
        ${clockControl(view)}
        <p class="live" id="live" role="status" data-live="${texts.live}" data-reconnecting="${texts.reconnecting}">
          <span class="live__dot" aria-hidden="true"></span><span class="live__text"></span>
        </p>
      </header>
      <main id="content" class="content" tabindex="-1">
        <noscript><p class="notice">${icon('warning')} ${texts.needsScript}</p></noscript>
        ${page.content}
      </main>
      <div
        class="toast"
        id="toast"
        role="status"
        data-unreachable="${texts.unreachable}"
        data-done="${texts.done}"
        data-copied="${texts.copied}"
      ></div>`,
  });
}

function navigation(view: View, current: DashboardPage['part']): Html {
  const texts = FRAME_TEXTS[view.language];
  const refused = requestsIn(view.journal.since(0)).filter(isRefused).length;
  const faults = view.faults.list().length;
  const link = (part: DashboardPage['part'], path: string, label: string, count: number): Html =>
    html`<li>
      <a href="${path}" ${part === current && html`aria-current="page"`}>
        ${label}${count > 0 && html` <span class="count">${count}</span>`}
      </a>
    </li>`;
  return html`<ul id="navigation" data-refresh>
    ${link('entries', '/', texts.entries, 0)} ${link('requests', '/requests', texts.requests, refused)}
    ${link('faults', '/faults', texts.faults, faults)}
  </ul>`;
}
