// The documentation as a site with the API reference: `npm run docs` builds it into docs/.vitepress/dist, `npm run
// docs:dev` serves it and follows changes. With PASS2PAY_BUILT=1, the latter uses the API reference of the last build.
import { fileURLToPath } from 'node:url';
import { build, createServer } from 'vitepress';
import { endOnSignal, run } from './commands.mjs';

const docs = fileURLToPath(new URL('../docs', import.meta.url));

endOnSignal();
try {
  const isServed = process.argv.includes('--serve');
  if (!isServed || process.env.PASS2PAY_BUILT !== '1') await run('typedoc', [], { isShown: true });
  if (isServed) {
    const server = await createServer(docs);
    await server.listen();
    server.printUrls();
  } else {
    await build(docs);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
