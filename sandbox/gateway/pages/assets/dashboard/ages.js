/** @type {readonly (readonly [number, Intl.RelativeTimeFormatUnit])[]} */
const UNITS = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
];

/**
 * Updates the ages on the page every second, if time passes by itself.
 *
 * @param {string} language
 */
export function keepAges(language) {
  const format = new Intl.RelativeTimeFormat(language, { style: 'narrow' });
  setInterval(() => {
    if (document.hidden || document.querySelector('[data-stepped]')) return;
    const ahead = Number(document.getElementById('clock')?.dataset.ahead ?? 0);
    const now = Date.now() + ahead;
    for (const element of document.querySelectorAll('time[data-age]')) {
      const time = Date.parse(element.getAttribute('datetime') ?? '');
      const text = ageText(now - time, format);
      if (Number.isFinite(time) && element.textContent !== text) element.textContent = text;
    }
  }, 1_000);
}

/**
 * In the largest unit, as the server writes it.
 *
 * @param {number} ms
 * @param {Intl.RelativeTimeFormat} format
 */
function ageText(ms, format) {
  const [unit, name] = UNITS.find(([length]) => Math.abs(ms) >= length) ?? [1_000, /** @type {const} */ ('second')];
  return format.format(Math.floor(Math.abs(ms) / unit) * (ms > 0 ? -1 : 1), name);
}
