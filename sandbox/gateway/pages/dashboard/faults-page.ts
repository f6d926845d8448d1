import type { View } from './dashboard-view.js';
import { faultForm } from './fault-form.js';
import type { ActiveFault } from '../../faults/faults.js';
import { html, type Html } from '../../http/html.js';
import { icon } from './icons.js';
import { FAULT_TEXTS, type FaultTexts } from './texts/fault-texts.js';

/** The active faults, and the form for injecting one. */
export function faultsPage(view: View): Html {
  const texts = FAULT_TEXTS[view.language];
  const faults = view.faults.list();
  return html`<div class="head">
      <h1>${texts.title}</h1>
      <p class="muted">${texts.intro}</p>
    </div>
    <p class="control-error" id="control-error" role="alert"></p>
    <div class="columns columns--faults">
      ${faultForm(view)}
      <section class="card panel">
        <h2 id="active-title" tabindex="-1">${texts.active}</h2>
        <div id="active-faults" data-refresh>
          ${
            faults.length === 0
              ? html`<p class="muted">${texts.none}</p>`
              : html`<ul class="faults">
                    ${faults.map((fault) => faultItem(fault, texts))}
                  </ul>
                  <p>
                    <button
                      type="button"
                      class="button"
                      id="clear-faults"
                      data-control="/sandbox/faults"
                      data-method="DELETE"
                    >
                      ${texts.clear}
                    </button>
                  </p>`
          }
        </div>
      </section>
    </div>`;
}

function faultItem({ id, remaining, fault }: ActiveFault, texts: FaultTexts): Html {
  const { kind, ...details } = fault;
  const told = Object.entries(details).filter(([name, value]) => name !== 'times' && value !== undefined);
  return html`<li class="faults__item" id="fault-${id}">
    <span class="faults__icon">${icon('bolt')}</span>
    <span class="faults__what">
      <strong>${kind}</strong>
      <span class="muted">${texts.kinds[kind]}</span>
      <small class="number"
        >${Number.isFinite(remaining) ? texts.remaining(remaining) : texts.forGood}
        ${told.map(([name, value]) => html` · <code class="breakable">${name}: ${String(value)}</code>`)}</small
      >
    </span>
    <button
      type="button"
      class="button button--small"
      id="remove-${id}"
      data-control="/sandbox/faults/${id}"
      data-method="DELETE"
      aria-label="${texts.removeOf(kind)}"
    >
      ${texts.remove}
    </button>
  </li>`;
}
