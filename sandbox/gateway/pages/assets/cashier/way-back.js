/**
 * Returns to the shop after some seconds, unless the payer wants to stay; only once, so that the browser's back button
 * is not trapped here.
 *
 * @param {HTMLElement} view
 * @returns {() => void} stops it
 */
export function startWayBack(view) {
  const box = /** @type {HTMLElement | null} */ (view.querySelector('[data-return-in]'));
  const link = /** @type {HTMLAnchorElement | null} */ (view.querySelector('a[href$="/return"]'));
  const shown = box?.querySelector('[data-seconds]');
  if (box === null || link === null || !shown || !isFirstTime(link.href)) return () => {};
  const leaveAt = Date.now() + Number(box.dataset.returnIn) * 1000;

  const timer = setInterval(() => {
    const left = Math.ceil((leaveAt - Date.now()) / 1000);
    shown.textContent = String(Math.max(0, left));
    if (left > 0) return;
    stop();
    remember(link.href);
    window.location.assign(link.href);
  }, 200);

  const stay = () => {
    const hadFocus = box.contains(document.activeElement);
    stop();
    box.hidden = true;
    remember(link.href);
    if (hadFocus) link.focus();
  };
  /** @param {KeyboardEvent} event */
  const stayOnEscape = ({ key }) => {
    if (key === 'Escape') stay();
  };
  const stop = () => {
    clearInterval(timer);
    document.removeEventListener('keydown', stayOnEscape);
  };

  box.hidden = false;
  box.querySelector('button')?.addEventListener('click', stay);
  document.addEventListener('keydown', stayOnEscape);
  return stop;
}

/** @param {string} href */
function isFirstTime(href) {
  try {
    return window.sessionStorage.getItem(href) === null;
  } catch {
    // Without session storage, the payer has to use the link.
    return false;
  }
}

/** @param {string} href */
function remember(href) {
  window.sessionStorage.setItem(href, 'left');
}
