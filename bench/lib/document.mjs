import { amount } from './chart.mjs';
import { summary } from './measure.mjs';

const MARKED = /(<!-- bench:([\w-]+) -->\n).*?(<!-- \/bench -->)/gs;

/** The document with its tables rewritten from the results; the text between the tables is unchanged. */
export function refreshed(text, results) {
  return text.replaceAll(MARKED, (_whole, begin, id, end) => `${begin}\n${contentOf(id, results)}\n\n${end}`);
}

function contentOf(id, results) {
  if (id === 'machine') return machine(results.machine);
  if (id === 'targets') return targets(results.groups);
  const group = results.groups.find((one) => one.id === id);
  if (group === undefined) return 'Not measured yet: run `npm run bench`.';
  const chart = `![${group.title}](images/bench-${id}.svg)\n\n${table(group)}`;
  return group.machine === undefined ? chart : `${chart}\n\n${place(group.machine)}.`;
}

function machine(measured) {
  const packages = Object.entries(measured.versions).map(([name, version]) => `${name} ${version}`);
  return `${place(measured)}; ${packages.join(', ')}.`;
}

function place({ cpu, cores, memoryGb, os, node, takenAt }) {
  return `Measured on ${takenAt}: ${cpu}, ${cores} cores, ${memoryGb} GB, ${os}, Node ${node}`;
}

function targets(groups) {
  const rows = groups.flatMap((group) =>
    group.targets.map(({ what, measured, low, high, unit = '×', isMet }) => [
      group.title,
      what,
      `${amount(measured)} ${unit}${low === undefined ? '' : ` (${amount(low)} – ${amount(high)})`}`,
      isMet ? 'yes' : '**no**',
    ]),
  );
  return markdown(['what', 'target', 'measured', 'met'], rows);
}

function table({ samples, unit, memory }) {
  const rows = Object.entries(samples).map(([name, values]) => {
    const { median, low, high } = summary(values);
    return [name, amount(median), `${amount(low)} – ${amount(high)}`, ...(memory ? [String(memory[name])] : [])];
  });
  return markdown(['case', unit, 'middle half', ...(memory ? ['bytes kept per call'] : [])], rows);
}

/** In prettier's layout, so that formatting does not change the document. */
function markdown(head, rows) {
  const widths = head.map((title, column) => Math.max(3, ...[head, ...rows].map((row) => width(row[column]))));
  const line = (cells) =>
    `| ${cells.map((cell, column) => cell + ' '.repeat(widths[column] - width(cell))).join(' | ')} |`;
  return [line(head), `| ${widths.map((length) => '-'.repeat(length)).join(' | ')} |`, ...rows.map(line)].join('\n');
}

const width = (text) => Array.from(text).length;
