// The cashier page in the browser: counts down, shows by itself what becomes of the order, leads back to the shop. All of it
// works without, too: the forms post, and the page that follows shows the state.
import { startCountdown } from './countdown.js';
import { watchOrder } from './live-order.js';
import { ServerClock } from './server-clock.js';
import { showWork } from './show-work.js';
import { startWayBack } from './way-back.js';

const clock = new ServerClock();
let leave = () => {};

const main = document.querySelector('main');
if (main?.dataset.events !== undefined) {
  watchOrder(main, clock, attend);
  attend(main);
}

// A page that comes back out of the browser's memory shows what was, not what is.
window.addEventListener('pageshow', ({ persisted }) => {
  if (persisted) window.location.reload();
});

/**
 * Brings a view of the order to life, in place of the one before it.
 * @param {HTMLElement} view
 */
function attend(view) {
  leave();
  const { now } = view.dataset;
  if (now !== undefined) clock.set(Number(now));
  const ends = [startCountdown(view, clock), startWayBack(view), showWork(view)];
  leave = () => {
    for (const end of ends) end();
  };
}
