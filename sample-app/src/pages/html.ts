const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is HTML already, and is not escaped again. */
export class Html {
  constructor(readonly text: string) {}
}

type Value = string | Html | Html[] | undefined;

/** A piece of HTML: values are escaped, unless they are pieces themselves; undefined is nothing. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  const texts = values.map(textOf);
  return new Html(parts.map((part, index) => part + (texts[index] ?? '')).join(''));
}

function textOf(value: Value): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map(({ text }) => text).join('');
  return value instanceof Html ? value.text : value.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);
}
