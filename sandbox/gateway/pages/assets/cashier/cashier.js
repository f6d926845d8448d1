// The cashier page in the browser: counts down, shows changes of the order automatically, and returns to the shop.
// Everything also works without this script: the forms post, and the next page shows the state.
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

// A page from the back-forward cache is outdated.
window.addEventListener('pageshow', ({ persisted }) => {
  if (persisted) window.location.reload();
});

/**
 * Activates a view of the order in place of the previous one.
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
