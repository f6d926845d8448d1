/** @import { Refresher } from './refresher.js' */

/**
 * Asks for a refresh at everything that happens in the sandbox, and shows whether the stream of it is there. While the page
 * is hidden there is no stream: a browser opens only six connections to one server.
 *
 * @param {Refresher} refresher
 */
export function followJournal(refresher) {
  const sign = document.getElementById('live');
  /** @type {EventSource | undefined} */
  let stream;

  /** @param {boolean} isLive */
  const show = (isLive) => {
    if (!sign) return;
    sign.classList.toggle('live--on', isLive);
    const text = sign.querySelector('.live__text');
    if (text) text.textContent = (isLive ? sign.dataset.live : sign.dataset.reconnecting) ?? '';
  };
  const open = () => {
    stream = new EventSource('/sandbox/events');
    stream.addEventListener('open', () => {
      show(true);
      // What happened before the stream was there.
      refresher.request();
    });
    stream.addEventListener('journal', () => refresher.request());
    stream.addEventListener('reset', () => refresher.request());
    stream.addEventListener('error', () => {
      show(false);
      // Refused for good, as when too many streams are open: the browser gives up, and we do not.
      if (stream?.readyState === EventSource.CLOSED) setTimeout(reopen, 5_000);
    });
  };
  const close = () => {
    stream?.close();
    stream = undefined;
  };
  const reopen = () => {
    close();
    if (!document.hidden) open();
  };

  document.addEventListener('visibilitychange', reopen);
  // A page in the back-forward cache may hold no connection.
  addEventListener('pagehide', close);
  addEventListener('pageshow', (event) => event.persisted && reopen());
  open();
}
