/**
 * A click on an attempt in the drawing opens its bytes in the table; with the keyboard, the table itself does. A drawing
 * wider than its place starts at its end, where the latest is.
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
