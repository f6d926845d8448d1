/**
 * Shows on a form's button that the form is being sent, and prevents sending it twice.
 *
 * @param {HTMLElement} view
 * @returns {() => void} stops it
 */
export function showWork(view) {
  let isSent = false;
  /** @param {SubmitEvent} event */
  const onSubmit = (event) => {
    if (isSent) {
      event.preventDefault();
      return;
    }
    isSent = true;
    const button = event.submitter;
    for (const each of view.querySelectorAll('form button')) each.setAttribute('aria-disabled', 'true');
    if (button?.dataset.working !== undefined) button.textContent = button.dataset.working;
  };
  view.addEventListener('submit', onSubmit);
  return () => view.removeEventListener('submit', onSubmit);
}
