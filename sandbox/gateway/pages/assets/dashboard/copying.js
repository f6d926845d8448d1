import { toast } from './toast.js';

/** Buttons with `data-copy` copy the text of the element with that ID. */
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
    // Not allowed here: the text is selected, so that it can be copied manually.
    getSelection()?.selectAllChildren(source);
  }
}
