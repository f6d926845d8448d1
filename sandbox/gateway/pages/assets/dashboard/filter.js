/** @import { Refresher } from './refresher.js' */

const TYPING_MS = 150;

/**
 * The list follows the filter while it is typed; the page's URL contains the filter.
 *
 * @param {Refresher} refresher
 */
export function wireFilter(refresher) {
  const form = document.getElementById('filter');
  if (!(form instanceof HTMLFormElement)) return;
  form.classList.add('filter--live');
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const apply = () => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === 'string' && value !== '') query.set(name, value);
    }
    history.replaceState(null, '', `/${query.size > 0 ? `?${query}` : ''}`);
    refresher.request();
  };
  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(apply, TYPING_MS);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    apply();
  });
}
