import { Idiomorph } from '../vendor/idiomorph.js';

/** At most one refresh in this time, ms: hundreds of orders in a second are drawn a few times, not hundreds. */
const LEAST_GAP_MS = 250;

/**
 * Draws the page anew from the server, when told to: the parts marked `data-refresh` are changed into those of the page as
 * it is now. What has not changed is not touched, so focus, opened details and scrolling stay.
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
    // A page that nobody sees is drawn when it is looked at again.
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden && this.#isWanted) this.request();
    });
    this.#planNext();
  }

  /** Draws the page anew soon. */
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
      // An order may have gone to make room for others; what is shown of it stays.
      if (response.ok) this.#draw(new DOMParser().parseFromString(text, 'text/html'));
    } catch {
      // The journal's stream shows that the sandbox is away, and asks for a refresh once it is back.
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

  /** While something is under way, the page moves on although nothing is told. */
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

/** A button that waits for its answer stays as it is. @param {Node} node */
function isBusy(node) {
  return node instanceof HTMLElement && node.getAttribute('aria-busy') === 'true';
}
