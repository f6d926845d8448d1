import { announce } from './announce.js';

/**
 * Delay before reconnecting to the event stream after the sandbox refused it, in ms. The browser itself handles a lost
 * connection.
 */
const RETRY_MS = 5000;

/**
 * Shows changes of the order immediately. Only the sandbox renders the page: after a change, its `<main>` is fetched
 * and replaces the previous one.
 *
 * @param {HTMLElement} first the initial view
 * @param {import('./server-clock.js').ServerClock} clock
 * @param {(view: HTMLElement) => void} attend activates a new view
 */
export function watchOrder(first, clock, attend) {
  let view = first;
  let shown = textOf(first);
  let isNew = true;
  /** Refreshes run one after the other, so that an older response never replaces a newer one. */
  let refreshed = Promise.resolve();

  /** @type {EventSource | undefined} */
  let events;
  followVisibility();
  document.addEventListener('visibilitychange', followVisibility);

  /** A browser allows few connections per host: a hidden tab needs none. */
  function followVisibility() {
    if (document.visibilityState === 'visible') connect();
    else events?.close();
  }

  function connect() {
    events?.close();
    const source = new EventSource(first.dataset.events ?? '');
    events = source;
    source.addEventListener('order', (event) => {
      const { state, now } = JSON.parse(event.data);
      clock.set(now);
      const isShown = view.dataset.states?.split(' ').includes(String(state)) ?? false;
      // A payment that arrives too late does not change the state; for an open order, there is nothing to show besides
      // its state.
      if (!isShown || (!isNew && view.dataset.cashier !== 'open')) refreshed = refreshed.then(refresh).catch(() => {});
      isNew = false;
    });
    source.addEventListener('error', () => {
      if (events === source && source.readyState === EventSource.CLOSED) setTimeout(followVisibility, RETRY_MS);
    });
  }

  async function refresh() {
    const response = await fetch(window.location.href, { cache: 'no-store' });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const next = page.querySelector('main');
    if (next === null || textOf(next) === shown) return;
    const hadFocus = view.contains(document.activeElement);
    shown = textOf(next);
    document.title = page.title;
    view.replaceWith(next);
    view = next;
    attend(next);
    window.scrollTo({ top: 0 });
    const heading = next.querySelector('h1');
    const news = [heading, ...next.querySelectorAll('[data-news]')].map((part) => part?.textContent?.trim());
    // If the replaced view had the focus, the changed heading gets it and is read out.
    if (hadFocus) heading?.focus();
    announce(news.filter(Boolean).join('. '));
  }
}

/**
 * The text from the sandbox, before scripts change it.
 * @param {HTMLElement} view
 */
function textOf(view) {
  return view.dataset.cashier === 'open' ? '' : (view.textContent ?? '');
}
