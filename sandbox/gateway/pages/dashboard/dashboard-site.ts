import type { DashboardSources, View } from './dashboard-view.js';
import { faultsPage } from './faults-page.js';
import { html } from '../../http/html.js';
import { type SandboxRequest, type SentResponse, type Site, springError } from '../../http/http-server.js';
import { chooseLanguage } from '../language.js';
import { readFilter } from './order-filter.js';
import { filterForm, orderList } from './order-list.js';
import { orderPage } from './order-page.js';
import type { EntryKind } from '../../dialects/dialect.js';
import { knownEntry } from '../../orders/desks.js';
import { numberOf } from '../../orders/entry.js';
import { UnknownOrderError } from '../../orders/ledger.js';
import { dashboardPage } from './page-frame.js';
import { requestsPage } from './requests-page.js';
import { ENTRY_TEXTS } from './texts/entry-texts.js';
import { FAULT_TEXTS } from './texts/fault-texts.js';
import { FRAME_TEXTS } from './texts/frame-texts.js';
import { REQUEST_TEXTS } from './texts/request-texts.js';

/**
 * The developer's view of the sandbox: `GET /` lists orders and transfers, `/orders/:mchOrderNo?mchNo=`,
 * `/transfers/:mchOrderNo?mchNo=` and `/refunds/:mchRefundNo?mchNo=` show one, `/requests` the refused requests,
 * `/faults` the injected faults. The pages are read-only; their buttons use the controls over HTTP.
 */
export class DashboardSite implements Site {
  readonly access = 'dashboard';
  private readonly sources: DashboardSources;

  constructor(sources: DashboardSources) {
    this.sources = sources;
  }

  serves(path: string): boolean {
    return /^\/(?:$|(?:orders|transfers|refunds)\/[^/]+$|requests$|faults$)/.test(path);
  }

  respond(request: SandboxRequest): SentResponse {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      // The gateway has nothing at this path; the page belongs to the sandbox.
      if (request.path === '/') return springError(404, 'Not Found', '/', () => this.sources.clock.now());
      return plainResponse(405, 'Use GET', { Allow: 'GET, HEAD' });
    }
    const view = {
      ...this.sources,
      language: chooseLanguage(request.headers['accept-language']),
      now: this.sources.clock.now(),
    };
    const [, part = '', number] = request.path.split('/');
    if (number !== undefined) return entryResponse(view, part.slice(0, -1) as EntryKind, number, request);
    if (part === 'requests') {
      const content = requestsPage(view, request.query.get('show') === 'all');
      return dashboardPage(view, { title: REQUEST_TEXTS[view.language].title, part: 'requests', content });
    }
    if (part === 'faults') {
      return dashboardPage(view, {
        title: FAULT_TEXTS[view.language].title,
        part: 'faults',
        content: faultsPage(view),
      });
    }
    const filter = readFilter(request.query);
    const content = html`${filterForm(view, filter)} ${orderList(view, filter)}`;
    return dashboardPage(view, { title: ENTRY_TEXTS[view.language].listTitle, part: 'entries', content });
  }
}

function entryResponse(view: View, kind: EntryKind, encodedNo: string, { query }: SandboxRequest): SentResponse {
  try {
    const entry = knownEntry(view.desks, kind, decodeURIComponent(encodedNo), query.get('mchNo') ?? undefined);
    return dashboardPage(view, { title: numberOf(entry), part: 'entries', content: orderPage(entry, view) });
  } catch (error) {
    if (!(error instanceof UnknownOrderError) && !(error instanceof URIError)) throw error;
    const texts = FRAME_TEXTS[view.language];
    const content = html`<section class="card empty">
      <h1>${texts.notFound}</h1>
      <p>${texts.notFoundHint}</p>
      <p class="muted" lang="en">${error.message}</p>
      <p><a class="button" href="/">${texts.backToEntries}</a></p>
    </section>`;
    return dashboardPage(view, { status: 404, title: texts.notFound, part: 'entries', content });
  }
}

function plainResponse(status: number, text: string, headers: Record<string, string> = {}): SentResponse {
  return {
    status,
    headers: { 'Content-Type': 'text/plain;charset=UTF-8', 'X-Content-Type-Options': 'nosniff', ...headers },
    body: text,
  };
}
