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

/** A piece of HTML: values are escaped, unless they are pieces themselves. */
export function html(parts: TemplateStringsArray, ...values: (string | Html | Html[])[]): Html {
  const texts = values.map((value) =>
    Array.isArray(value) ? value.map(({ text }) => text).join('') : value instanceof Html ? value.text : escape(value),
  );
  return new Html(parts.map((part, index) => part + (texts[index] ?? '')).join(''));
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);
}
