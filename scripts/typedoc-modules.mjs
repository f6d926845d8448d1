// For typedoc: names each module of the API reference as it is imported, and has links lead to the headings that there are.
import { readFileSync } from 'node:fs';
import { Converter, ReflectionKind } from 'typedoc';
import { MarkdownPageEvent } from 'typedoc-plugin-markdown';

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

/** What is imported, by its source without an ending: `lib/redis` is `nestjs-pass2pay/redis`. */
const imports = new Map(
  [
    ['lib', read('../package.json')],
    ['sandbox', read('../sandbox/package.json')],
  ].flatMap(([folder, { name, exports }]) =>
    Object.entries(exports)
      .filter(([, target]) => target.default !== undefined)
      .map(([subpath, target]) => [
        target.default.replace('./dist', folder).replace(/(\/index)?\.js$/, ''),
        name + subpath.slice(1),
      ]),
  ),
);

export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_context, reflection) => {
    if (reflection.kind !== ReflectionKind.Module) return;
    const name = imports.get(reflection.name.replace(/(^|\/)index$/, ''));
    if (name === undefined) throw new Error(`No package exports ${reflection.name}`);
    reflection.name = name;
  });
  // typedoc counts `Reconciler.stats` and `ReconcilerStats` as one heading, and the theme writes underscores as hyphens.
  const headingOf = (anchor) => anchor.replace(/-\d+$/, '').replaceAll(/(?<!^abstract)-/g, '_');
  app.renderer.on(
    MarkdownPageEvent.END,
    (page) => {
      page.contents = page.contents?.replaceAll(/(?<=\]\([^)\s]*#)[\w-]+(?=\))/g, headingOf);
    },
    -1,
  );
}
