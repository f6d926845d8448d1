import { toast } from './toast.js';

/** Buttons with `data-copy` copy the text of the element of that id. */
export function wireCopying() {
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button[data-copy]') : null;
    if (button instanceof HTMLButtonElement) void copy(button.dataset.copy ?? '');
  });
}

/** @param {string} id */
async function copy(id) {
  const source = document.getElementById(id);
  if (!source) return;
  try {
    await navigator.clipboard.writeText(source.textContent ?? '');
    toast(document.getElementById('toast')?.dataset.copied ?? '', 'done');
  } catch {
    // Not allowed here: marked, so that it can be copied by hand.
    getSelection()?.selectAllChildren(source);
  }
}
