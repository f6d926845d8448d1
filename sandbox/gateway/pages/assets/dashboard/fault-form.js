/** @import { Refresher } from './refresher.js' */
import { sendControl, showRefusal } from './controls.js';

/**
 * Shows the fields of the selected kind of fault, writes the fault as code, and injects it.
 *
 * @param {Refresher} refresher
 */
export function wireFaultForm(refresher) {
  const form = document.getElementById('fault-form');
  if (!(form instanceof HTMLFormElement)) return;
  const update = () => {
    const { kind } = readFault(form);
    for (const field of form.querySelectorAll('[data-kinds]')) {
      const belongs = (field.getAttribute('data-kinds') ?? '').split(' ').includes(String(kind));
      if (field instanceof HTMLElement) field.hidden = !belongs;
      // A disabled field is neither sent nor validated.
      for (const input of field.querySelectorAll('input, select')) {
        if (input instanceof HTMLInputElement || input instanceof HTMLSelectElement) input.disabled = !belongs;
      }
    }
    const code = document.getElementById('fault-code');
    if (code) code.textContent = `sandbox.inject(${asCode(readFault(form))});`;
  };
  form.addEventListener('input', update);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void inject(form, refresher);
  });
  update();
}

/**
 * @param {HTMLFormElement} form
 * @param {Refresher} refresher
 */
async function inject(form, refresher) {
  const button = form.querySelector('button');
  const refusal = await sendControl(
    '/sandbox/faults',
    'POST',
    // Infinity becomes null, which the sandbox reads as Infinity.
    JSON.stringify(readFault(form)),
  );
  if (button) showRefusal(refusal, button);
  refresher.request();
}

/**
 * Empty fields are omitted.
 *
 * @param {HTMLFormElement} form
 * @returns {Record<string, string | number | boolean>}
 */
export function readFault(form) {
  /** @type {Record<string, string | number | boolean>} */
  const fault = {};
  for (const input of form.elements) {
    if (!(input instanceof HTMLInputElement || input instanceof HTMLSelectElement) || input.disabled) continue;
    if (input instanceof HTMLInputElement && input.type === 'checkbox') {
      if (input.checked) fault[input.name] = true;
    } else if (input.value === '' && input.dataset.empty === 'Infinity') {
      fault[input.name] = Infinity;
    } else if (input.value !== '') {
      const isNumber = input.type === 'number' || 'number' in input.dataset;
      fault[input.name] = isNumber ? Number(input.value) : input.value;
    }
  }
  return fault;
}

/** @param {Record<string, unknown>} fault */
function asCode(fault) {
  const members = Object.entries(fault).map(([name, value]) => `${name}: ${literal(value)}`);
  return `{ ${members.join(', ')} }`;
}

/** @param {unknown} value */
function literal(value) {
  return typeof value === 'string' ? `'${value.replace(/[\\']/g, '\\$&')}'` : String(value);
}
