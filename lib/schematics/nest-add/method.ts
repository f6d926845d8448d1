/** The head of a method, or of a constructor if nothing is returned, indented by two and wrapped as by prettier. */
export function methodHead(name: string, parameters: readonly string[], returns?: string): string {
  const end = returns === undefined ? ') {' : `): ${returns} {`;
  const line = `  ${name}(${parameters.join(', ')}${end}`;
  // A constructor's braces end on the same line.
  if (line.length <= (returns === undefined ? 79 : 80)) return line;
  return `  ${name}(\n${parameters.map((parameter) => `    ${parameter},\n`).join('')}  ${end}`;
}
