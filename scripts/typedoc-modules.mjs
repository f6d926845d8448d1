// For typedoc: names each module of the API reference by its import path, and makes links lead to existing headings.
import { readFileSync } from 'node:fs';
import { Converter, ReflectionKind } from 'typedoc';
import { MarkdownPageEvent } from 'typedoc-plugin-markdown';

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

/** The import path of each module, by its source without an extension: `lib/redis` is `nestjs-pass2pay/redis`. */
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
  // typedoc treats `Reconciler.stats` and `ReconcilerStats` as the same heading, and the theme writes underscores as
  // hyphens.
  const headingOf = (anchor) => anchor.replace(/-\d+$/, '').replaceAll(/(?<!^abstract)-/g, '_');
  app.renderer.on(
    MarkdownPageEvent.END,
    (page) => {
      page.contents = page.contents?.replaceAll(/(?<=\]\([^)\s]*#)[\w-]+(?=\))/g, headingOf);
    },
    -1,
  );
}
