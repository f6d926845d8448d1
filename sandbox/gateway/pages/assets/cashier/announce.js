/**
 * Makes screen readers announce the text when they have finished speaking.
 * @param {string} text
 */
export function announce(text) {
  const announcer = document.getElementById('announcer');
  if (announcer) announcer.textContent = text;
}
