/** @import { Refresher } from './refresher.js' */

/**
 * Requests a refresh for every event in the sandbox, and shows whether the stream is connected. While the page is
 * hidden, there is no stream, because a browser opens only six connections to a server.
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
      // Shows what happened before the stream was connected.
      refresher.request();
    });
    stream.addEventListener('journal', () => refresher.request());
    stream.addEventListener('reset', () => refresher.request());
    stream.addEventListener('error', () => {
      show(false);
      // After a refusal, for example because too many streams are open, the browser does not reconnect, so the page
      // does.
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
  // A page in the back-forward cache must not have an open connection.
  addEventListener('pagehide', close);
  addEventListener('pageshow', (event) => event.persisted && reopen());
  open();
}
