import { DIALECTS } from '../../dialects/dialects.js';
import { NOTIFY_FORMATS } from '../../options.js';
import { UPSTREAM_RESULTS } from '../../orders/upstream.js';
import { LONGEST_TIMER_MS } from '../../clock/sandbox-clock.js';
import type { View } from './dashboard-view.js';
import { FAULT_GROUPS, type FaultField, kindsIn, kindsWith } from './fault-kinds.js';
import { html, type Html } from '../../http/html.js';
import { FAULT_TEXTS, type FaultTexts } from './texts/fault-texts.js';

/** The form for all faults; fault-form.js shows the fields of the selected kind in the browser, and sends them. */
export function faultForm({ language, options }: View): Html {
  const texts = FAULT_TEXTS[language];
  const merchants = [...new Set(options.merchants.map(({ mchNo }) => mchNo))];
  return html`<form class="card panel fault-form" id="fault-form" action="/sandbox/faults" method="post">
    <h2>${texts.injectTitle}</h2>
    <label class="field"
      ><span class="field__name">${texts.kind}</span>
      <select name="kind">
        ${FAULT_GROUPS.map(
          (group) =>
            html`<optgroup label="${texts.groups[group]}">
              ${kindsIn(group).map((kind) => html`<option value="${kind}">${texts.kinds[kind]} (${kind})</option>`)}
            </optgroup>`,
        )}
      </select></label
    >
    <div class="fault-form__fields">
      ${field('endpoint', texts, choice('endpoint', texts.anyEndpoint, Object.keys(DIALECTS[options.dialect].endpoints)))}
      ${merchants.length > 1 && field('mchNo', texts, choice('mchNo', texts.anyMerchant, merchants))}
      ${field('mchOrderNo', texts, html`<input name="mchOrderNo" autocomplete="off" maxlength="64" />`)}
      ${field('times', texts, number('times', '1', html`min="1" value="1" data-empty="Infinity"`))}
      ${field('delayMs', texts, number('delayMs', '1', html`min="0" max="${LONGEST_TIMER_MS}" value="3000"`))}
      ${field('retryAfter', texts, html`<input name="retryAfter" autocomplete="off" value="2" />`)}
      ${field('status', texts, number('status', '1', html`min="200" max="599"`))}
      ${field('field', texts, html`<input name="field" autocomplete="off" pattern="\\w+" maxlength="64" />`)}
      ${field('value', texts, html`<input name="value" autocomplete="off" />`)}
      ${field('format', texts, choice('format', undefined, NOTIFY_FORMATS))}
      ${field('result', texts, choice('result', undefined, UPSTREAM_RESULTS))}
      ${field('notify', texts, choice('notify', undefined, ['after', 'before']))}
      ${field('stored', texts, html`<input name="stored" type="checkbox" />`)}
    </div>
    <p><button class="button button--primary">${texts.inject}</button></p>
    <h3>${texts.inTests}</h3>
    <pre class="code" id="fault-code" tabindex="0" role="region" aria-label="${texts.inTests}"></pre>
  </form>`;
}

function choice(name: FaultField, any: string | undefined, values: readonly string[]): Html {
  return html`<select name="${name}">
    ${any !== undefined && html`<option value="">${any}</option>`}
    ${values.map((value) => html`<option>${value}</option>`)}
  </select>`;
}

function number(name: FaultField, step: string, more: Html): Html {
  return html`<input name="${name}" type="number" step="${step}" inputmode="numeric" ${more} />`;
}

function field(name: FaultField, texts: FaultTexts, input: Html): Html {
  const hint = texts.hints[name];
  return html`<label class="field" data-kinds="${kindsWith(name).join(' ')}">
    <span class="field__name">${texts.fields[name]}</span>
    ${input} ${hint !== undefined && html`<small class="muted">${hint}</small>`}
  </label>`;
}
