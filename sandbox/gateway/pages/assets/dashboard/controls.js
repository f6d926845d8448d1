/** @import { Refresher } from './refresher.js' */
import { toast } from './toast.js';

/**
 * Buttons with `data-control` send a request to that control of the sandbox. An error is shown near the button.
 *
 * @param {Refresher} refresher
 */
export function wireControls(refresher) {
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button[data-control]') : null;
    if (button instanceof HTMLButtonElement) void press(button, refresher);
  });
}

/**
 * @param {HTMLButtonElement} button
 * @param {Refresher} refresher
 */
async function press(button, refresher) {
  // Not disabled meanwhile, because it would lose the focus.
  if (button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  const refusal = await sendControl(button.dataset.control ?? '', button.dataset.method ?? 'POST', button.dataset.body);
  button.removeAttribute('aria-busy');
  showRefusal(refusal, button);
  refresher.request();
}

/**
 * @param {string} url
 * @param {string} method
 * @param {string | undefined} body JSON
 * @returns {Promise<string | undefined>} the error message; undefined if it succeeded
 */
export async function sendControl(url, method, body) {
  try {
    const response = await fetch(url, {
      method,
      ...(body !== undefined && { body, headers: { 'Content-Type': 'application/json' } }),
    });
    if (response.ok) return undefined;
    /** @type {unknown} */
    const answer = await response.json();
    return typeof answer === 'object' && answer !== null && 'message' in answer
      ? String(answer.message)
      : response.statusText;
  } catch {
    return document.getElementById('toast')?.dataset.unreachable ?? '';
  }
}

/**
 * Shown beside the controls if there is a place for it, otherwise at the bottom of the page.
 *
 * @param {string | undefined} refusal
 * @param {Element} near
 */
export function showRefusal(refusal, near) {
  const place = document.getElementById('control-error');
  if (place) place.textContent = refusal ?? '';
  const label = near.getAttribute('aria-label') ?? near.textContent?.trim() ?? '';
  if (refusal !== undefined && !place) toast(`${label} – ${refusal}`, 'error');
  if (refusal === undefined) toast(`${label} ✓`, 'done');
}
