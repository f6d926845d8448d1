import { summary } from './measure.mjs';

const WIDTH = 760;
const LABELS = 300;
const BAR = 22;
const GAP = 12;
const TOP = 46;

/**
 * A bar chart as SVG: the median of each case, with a line from the first quartile to the third. The module's own cases
 * are highlighted.
 */
export function chart({ title, unit, samples, isTime = false }) {
  const rows = Object.entries(samples).map(([name, values]) => ({ name, ...summary(values) }));
  const greatest = Math.max(...rows.map(({ high }) => high)) || 1;
  const scale = (WIDTH - LABELS - 110) / greatest;
  const height = TOP + rows.length * (BAR + GAP) + 26;
  const bars = rows.map(({ name, median, low, high }, index) => {
    const y = TOP + index * (BAR + GAP);
    const middle = y + BAR / 2;
    const color = name.includes('nestjs-pass2pay') || isTime ? '#2563eb' : '#94a3b8';
    return `
  <text x="${LABELS - 10}" y="${middle + 4}" text-anchor="end">${escaped(name)}</text>
  <rect x="${LABELS}" y="${y}" width="${fixed(median * scale)}" height="${BAR}" rx="2" fill="${color}"/>
  <path d="M${fixed(LABELS + low * scale)} ${middle}H${fixed(LABELS + high * scale)}" stroke="#0f172a" stroke-width="2"/>
  <text x="${fixed(LABELS + high * scale + 8)}" y="${middle + 4}">${amount(median)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="13" fill="#0f172a">
  <rect width="100%" height="100%" fill="#ffffff"/>
  <text x="16" y="26" font-size="15" font-weight="600">${escaped(title)}</text>${bars.join('')}
  <text x="${LABELS}" y="${height - 8}" fill="#475569">${escaped(unit)}, ${isTime ? 'less' : 'more'} is better; line: the middle half of the rounds</text>
</svg>
`;
}

export function amount(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const fixed = (value) => Number(value.toFixed(1));

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
