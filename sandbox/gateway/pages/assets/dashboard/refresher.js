import { Idiomorph } from '../vendor/idiomorph.js';

/** Minimum time between two refreshes, in ms: hundreds of orders per second cause a few refreshes, not hundreds. */
const LEAST_GAP_MS = 250;

/**
 * Refreshes the page from the server on request: updates the parts marked `data-refresh` to their current content.
 * Unchanged elements stay, so focus, opened details and scroll positions are preserved.
 */
export class Refresher {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #next;
  #isRunning = false;
  #isWanted = false;
  #lastStart = -LEAST_GAP_MS;

  constructor() {
    // A hidden page is refreshed when it becomes visible.
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && this.#isWanted) this.request();
    });
    this.#planNext();
  }

  /** Refreshes the page soon. */
  request() {
    this.#isWanted = true;
    if (this.#isRunning || this.#timer !== undefined || document.hidden) return;
    const wait = Math.max(0, this.#lastStart + LEAST_GAP_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#run();
    }, wait);
  }

  async #run() {
    this.#isRunning = true;
    this.#isWanted = false;
    this.#lastStart = performance.now();
    try {
      const response = await fetch(location.href, { headers: { Accept: 'text/html' } });
      const text = await response.text();
      // The order may have been removed to make room for others; the page then stays as it is.
      if (response.ok) this.#draw(new DOMParser().parseFromString(text, 'text/html'));
    } catch {
      // The journal's stream shows that the sandbox is unreachable, and requests a refresh once it is back.
    } finally {
      this.#isRunning = false;
      if (this.#isWanted) this.request();
      this.#planNext();
    }
  }

  /** @param {Document} fresh */
  #draw(fresh) {
    for (const old of document.querySelectorAll('[data-refresh]')) {
      const wanted = fresh.getElementById(old.id);
      if (!wanted || old.isEqualNode(wanted)) continue;
      void Idiomorph.morph(old, wanted, {
        morphStyle: 'outerHTML',
        callbacks: {
          beforeNodeMorphed: (from, to) => !isBusy(from) && !from.isEqualNode(to),
          beforeAttributeUpdated: (name, element) => !(name === 'open' && element instanceof HTMLDetailsElement),
        },
      });
    }
    document.dispatchEvent(new CustomEvent('refreshed'));
  }

  /** Refreshes the page regularly while something is in progress, even without events. */
  #planNext() {
    const every = Math.min(
      ...[...document.querySelectorAll('[data-refresh-every]')].map((element) =>
        Number(element.getAttribute('data-refresh-every')),
      ),
    );
    clearTimeout(this.#next);
    if (Number.isFinite(every)) this.#next = setTimeout(() => this.request(), every);
  }
}

/** A button that waits for its response is not changed. @param {Node} node */
function isBusy(node) {
  return node instanceof HTMLElement && node.getAttribute('aria-busy') === 'true';
}
