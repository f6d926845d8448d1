import { controlsOf, type EntryControl } from './entry-controls.js';
import { controlUrl, gatewayIdOf } from './entry-view.js';
import { type Entry, numberOf } from '../../orders/entry.js';
import { html, type Html } from '../../http/html.js';
import type { EntryTexts } from './texts/entry-texts.js';

/** Every control of an order; those that its state does not allow are disabled. */
export function controlButtons(entry: Entry, announced: boolean, texts: EntryTexts): Html {
  return html`<div class="controls" role="group" aria-label="${texts.controlsTitle}">
    ${controlsOf(entry, announced).map(({ control, enabled }) =>
      controlButton(entry, control, { texts, enabled, look: lookOf(control) }),
    )}
  </div>`;
}

/** For a row of the list: the controls that its state allows, except rare ones. */
export function quickButtons(entry: Entry, texts: EntryTexts): Html {
  const quick = controlsOf(entry, false).filter(
    ({ control, enabled }) => enabled && control !== 'refund' && control !== 'pay-after-close',
  );
  return html`${quick.map(({ control }) =>
    controlButton(entry, control, { texts, enabled: true, look: 'button--small', isOneOfMany: true }),
  )}`;
}

interface ButtonLook {
  readonly texts: EntryTexts;
  readonly enabled: boolean;
  readonly look: string;
  /** Whether its accessible name includes the order's number. */
  readonly isOneOfMany?: boolean;
}

function controlButton(
  entry: Entry,
  control: EntryControl,
  { texts, enabled, look, isOneOfMany = false }: ButtonLook,
): Html {
  const label = texts.controls[control];
  return html`<button
    type="button"
    class="button ${look}"
    data-control="${controlUrl(entry, control)}"
    id="${buttonId(entry, control)}"
    ${isOneOfMany && html`aria-label="${texts.controlOf(label, numberOf(entry))}"`}
    ${!enabled && html`disabled`}
  >
    ${label}
  </button>`;
}

/** Keeps the button and its focus when the page is refreshed. */
function buttonId(entry: Entry, control: EntryControl): string {
  return `${control}-${gatewayIdOf(entry)}`;
}

function lookOf(control: EntryControl): string {
  if (control === 'pay' || control === 'succeed') return 'button--primary';
  return control === 'fail' ? 'button--danger' : '';
}
