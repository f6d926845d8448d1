import { html, type Html } from '../../http/html.js';

const PATHS = {
  check: 'M3.5 8.5 6.5 11.5 12.5 4.5',
  cross: 'M4 4 12 12M12 4 4 12',
  clock: 'M8 4.5V8L10.5 9.5M14 8A6 6 0 1 1 2 8 6 6 0 0 1 14 8Z',
  circle: 'M13.5 8A5.5 5.5 0 1 1 2.5 8 5.5 5.5 0 0 1 13.5 8Z',
  ban: 'M4.1 4.1 11.9 11.9M13.5 8A5.5 5.5 0 1 1 2.5 8 5.5 5.5 0 0 1 13.5 8Z',
  back: 'M13 9.5C12.5 7 10.5 5.5 8 5.5H3.5M6.5 2.5 3.5 5.5 6.5 8.5',
  dots: 'M3.5 8H3.51M8 8H8.01M12.5 8H12.51',
  warning: 'M8 2.5 14.5 13.5H1.5ZM8 6.5V9.5M8 11.5V11.6',
  left: 'M9.5 3.5 5 8 9.5 12.5',
  link: 'M6.5 3.5H3.5V12.5H12.5V9.5M9 3H13V7M13 3 7.5 8.5',
  send: 'M2 8 14 2.5 10 14 7.5 9Z',
  bolt: 'M9 1.5 3.5 9H7.5L7 14.5 12.5 7H8.5Z',
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative icon beside a word with the same meaning. */
export function icon(name: IconName): Html {
  return html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path d="${PATHS[name]}" />
  </svg>`;
}
