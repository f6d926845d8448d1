/** Same as `text.replaceAll('+', ' ')`, which takes 50 ns for each `+`; a hostile form has thousands of them. */
export function plusToSpace(text: string): string {
  if (!text.includes('+')) return text;
  const units = Buffer.from(text, 'utf16le');
  for (let at = 0; at < units.length; at += 2) if (units[at] === 0x2b && units[at + 1] === 0) units[at] = 0x20;
  return units.toString('utf16le');
}
