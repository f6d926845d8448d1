/**
 * A click on an attempt in the drawing opens its details in the table; keyboard users open them in the table itself. A
 * drawing wider than its container is scrolled to its end, where the latest events are.
 */
export function wireTimeline() {
  document.addEventListener('click', (event) => {
    const mark = event.target instanceof Element ? event.target.closest('[data-attempt]') : null;
    const rows = document.getElementById(mark?.getAttribute('data-attempt') ?? '');
    const details = rows?.querySelector('details');
    if (!rows || !details) return;
    details.open = true;
    rows.scrollIntoView({ block: 'center' });
    details.querySelector('summary')?.focus({ preventScroll: true });
  });
}
