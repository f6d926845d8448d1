import { html, Html } from './html.js';

const STYLE = new Html(`
  body { font: 1.05rem/1.6 system-ui, sans-serif; color: #24312b; background: #f4f5ef; margin: 0; }
  main { max-width: 34rem; margin: 8vh auto; padding: 2rem; background: #fff; border-radius: 1rem; box-shadow: 0 1px 8px #0001; }
  h1 { margin-top: 0; }
  ul { list-style: none; padding: 0; }
  li { display: flex; align-items: center; gap: 1rem; padding: 0.75rem 0; border-top: 1px solid #e4e7dc; }
  li span:first-child { flex: 1; }
  button { font: inherit; color: #fff; background: #2e6b4f; border: 0; border-radius: 0.5rem; padding: 0.35rem 1.1rem; cursor: pointer; }
  a { color: #2e6b4f; }
  code { overflow-wrap: anywhere; }
`);

/** A whole page. `refreshSeconds`: the page loads itself anew after this time. */
export function page(title: string, content: Html, refreshSeconds?: number): string {
  const refresh =
    refreshSeconds === undefined
      ? new Html('')
      : html`<meta http-equiv="refresh" content="${String(refreshSeconds)}" />`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        ${refresh}
        <title>${title}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`.text;
}
