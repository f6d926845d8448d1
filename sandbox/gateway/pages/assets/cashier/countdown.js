import { announce } from './announce.js';

/** Below this, the remaining time is highlighted as short, in s. */
const SOON_SECONDS = 60;

/**
 * Shows the remaining time to pay, to the second, and makes screen readers announce it from time to time.
 *
 * @param {HTMLElement} view
 * @param {import('./server-clock.js').ServerClock} clock
 * @returns {() => void} stops it
 */
export function startCountdown(view, clock) {
  const timer = /** @type {HTMLElement | null} */ (view.querySelector('[data-expires-at]'));
  const place = /** @type {HTMLElement | null} */ (view.querySelector('.deadline'));
  if (timer === null || place === null) return () => {};
  const expiresAt = Number(timer.dataset.expiresAt);
  /** @type {Record<string, string>} */
  const announcements = JSON.parse(timer.dataset.announcements ?? '{}');
  /** @type {number | undefined} */
  let before;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let next;

  const tick = () => {
    clearTimeout(next);
    const leftMs = Math.max(0, expiresAt - clock.now());
    const left = Math.ceil(leftMs / 1000);
    timer.textContent = asClock(left);
    place.classList.toggle('deadline--soon', left <= SOON_SECONDS);
    const passed = Object.keys(announcements)
      .map(Number)
      .filter((seconds) => before !== undefined && before > seconds && left <= seconds);
    // After a sleep, several may have passed at once: the latest is used.
    const text = passed.length > 0 ? announcements[Math.min(...passed)] : undefined;
    if (text !== undefined) announce(text);
    before = left;
    if (leftMs > 0) next = setTimeout(tick, leftMs - (left - 1) * 1000);
  };

  place.hidden = false;
  tick();
  document.addEventListener('visibilitychange', tick);
  return () => {
    clearTimeout(next);
    document.removeEventListener('visibilitychange', tick);
  };
}

/**
 * 899 is 14:59, 7199 is 1:59:59.
 * @param {number} seconds
 */
function asClock(seconds) {
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(seconds / 3600);
  return (hours > 0 ? [hours, ...parts] : parts).join(':');
}
