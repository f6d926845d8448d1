const SHOWN_MS = 4_000;
const SHOWN_ERROR_MS = 12_000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * Shows a message at the bottom of the page for a while; screen readers read it.
 *
 * @param {string} text
 * @param {'done' | 'error'} look
 */
export function toast(text, look) {
  const place = document.getElementById('toast');
  if (!place) return;
  place.textContent = text;
  place.className = `toast toast--${look} toast--shown`;
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      place.className = 'toast';
      place.textContent = '';
    },
    look === 'error' ? SHOWN_ERROR_MS : SHOWN_MS,
  );
}
