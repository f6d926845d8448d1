import { announce } from './announce.js';

/** Before the events are asked for again when the sandbox refused them, ms. The browser itself handles a lost connection. */
const RETRY_MS = 5000;

/**
 * Shows what becomes of the order, as it happens. The page is written by the sandbox alone: at a change, its `<main>` is
 * fetched anew and takes the place of the old one.
 *
 * @param {HTMLElement} first the view that is shown
 * @param {import('./server-clock.js').ServerClock} clock
 * @param {(view: HTMLElement) => void} attend brings a new view to life
 */
export function watchOrder(first, clock, attend) {
  let view = first;
  let shown = textOf(first);
  let isNew = true;
  /** Refreshes wait for one another, so that an older answer never replaces a newer one. */
  let refreshed = Promise.resolve();

  /** @type {EventSource | undefined} */
  let events;
  followVisibility();
  document.addEventListener('visibilitychange', followVisibility);

  /** A browser has few connections for one host: a tab that nobody sees needs none. */
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
      // A payment that comes too late leaves the state as it is; an open order has no more than its state to show.
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
    // Where the focus went with the old view, it goes to what has changed, and is read out there.
    if (hadFocus) heading?.focus();
    announce(news.filter(Boolean).join('. '));
  }
}

/**
 * As it came from the sandbox, before scripts change it.
 * @param {HTMLElement} view
 */
function textOf(view) {
  return view.dataset.cashier === 'open' ? '' : (view.textContent ?? '');
}
