const CHARACTER = 7.8;
const LINE = 18;
const PADDING = 14;
const COLUMNS = 110;
const ROWS = 26;

/** Maximum delay before a line, in s. */
const MAX_WAIT = 1.5;

/**
 * The output of a program as in a terminal: all lines at once, or animated if they have times.
 *
 * @param {{ text: string, at?: number }[]} lines `at` in ms
 */
export function terminalSvg(title, lines) {
  const isMoving = lines.some(({ at }) => at !== undefined);
  const rows = isMoving ? Math.min(ROWS, lines.length) : lines.length;
  const width = Math.ceil(COLUMNS * CHARACTER + 2 * PADDING);
  const height = (rows + 1) * LINE + 2 * PADDING;
  const times = isMoving ? timesOf(lines) : [];
  const texts = lines.map(({ text }, index) => {
    const shown = text.length > COLUMNS ? `${text.slice(0, COLUMNS - 1)}…` : text;
    const appears = isMoving ? `<set attributeName="visibility" to="hidden" begin="0s" dur="${times[index]}s"/>` : '';
    return `<text y="${(index + 1) * LINE - 4}" fill="${colourOf(shown)}" xml:space="preserve">${escaped(shown)}${appears}</text>`;
  });
  // Lines beyond the last row scroll the others up.
  const scrolls = lines.map((_, index) =>
    isMoving && index >= rows
      ? `<set attributeName="y" to="${(rows - index - 1) * LINE}" begin="${times[index]}s"/>`
      : '',
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" rx="8" fill="#16181d"/>
<g fill="#5c6370"><circle cx="18" cy="15" r="5"/><circle cx="34" cy="15" r="5"/><circle cx="50" cy="15" r="5"/></g>
<svg x="${PADDING}" y="${LINE + 10}" width="${width - 2 * PADDING}" height="${rows * LINE + 8}">
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13">
<svg y="0" overflow="visible">${scrolls.join('')}
${texts.join('\n')}
</svg>
</g>
</svg>
</svg>
`;
}

/** When each line appears, in s. */
function timesOf(lines) {
  let time = 0.5;
  return lines.map(({ at = 0 }, index) => {
    const before = lines[index - 1]?.at ?? at;
    time += Math.min((at - before) / 1000, MAX_WAIT) + 0.02;
    return Number(time.toFixed(2));
  });
}

function colourOf(text) {
  if (/^\s*✓/.test(text)) return '#98c379';
  if (/^\s*✗/.test(text)) return '#e06c75';
  if (text.startsWith('$ ')) return '#61afef';
  if (/^\s*–/.test(text)) return '#7f848e';
  return /^\d+\. /.test(text) ? '#e5c07b' : '#d7dae0';
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
