// Keeps the page of an order up to date: the shop sends the part that changes as soon as its books say something new.
const result = document.querySelector('#result[data-events]');

// The gateway sends customers back with parameters that prove nothing: they need not stay in the address.
if (location.search) history.replaceState(null, '', location.pathname);

if (result) {
  const events = new EventSource(result.dataset.events);
  events.addEventListener('result', ({ data }) => {
    const { kind, title, html, isOver } = JSON.parse(data);
    // The first event repeats what the page shows: replacing that would take the focus from whoever is there.
    if (kind !== result.dataset.kind) {
      result.innerHTML = html;
      result.dataset.kind = kind;
      document.title = title;
    }
    if (isOver) events.close();
  });
  // A browser connects again by itself, unless it was told that there is nothing; then the page is loaded anew.
  events.addEventListener('error', () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
  });
}
