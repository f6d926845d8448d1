import { BUILDS, hasRunner, isPossible, NESTS, NODES, PLATFORMS, RUNNERS } from './matrix.mjs';

/**
 * The results as a Markdown table: a row for each way of compiling, a column for each Node.
 *
 * @param {Map<string, string | undefined>} results what is wrong with each cell
 */
export function tableOf(results) {
  const rows = NESTS.flatMap((nest) =>
    BUILDS.map((build) => {
      const { major, typescript } = nest;
      const { name } = build;
      const cells = NODES.map((node) => {
        if (!isPossible(nest, build)) return '–';
        const works = PLATFORMS.filter((platform) =>
          isWell(results, `Nest ${major}, ${name}: Node ${node}, ${platform}`),
        );
        return works.length === 0 ? 'no' : works.map(capitalised).join(', ');
      });
      return [`Nest ${major}, TypeScript ${typescript}, ${name}`, ...cells];
    }),
  );
  const runners = RUNNERS.map((runner) => [
    runner.name,
    ...NESTS.map((nest) => {
      if (!hasRunner(nest, runner)) return '–';
      return isWell(results, `Nest ${nest.major}: ${runner.name}`) ? 'yes' : 'no';
    }),
  ]);
  return [
    '',
    ...markdown(['Application', ...NODES.map((node) => `Node ${node}`)], rows),
    '',
    ...markdown(['Test runner', ...NESTS.map(({ major }) => `Nest ${major}`)], runners),
    '',
  ].join('\n');
}

function isWell(results, name) {
  return results.has(name) && results.get(name) === undefined;
}

function capitalised(word) {
  return word[0].toUpperCase() + word.slice(1);
}

/** As prettier aligns it. */
function markdown(head, rows) {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column].length)));
  const line = (row) => `| ${row.map((text, column) => text.padEnd(widths[column])).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)];
}
