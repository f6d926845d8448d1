// Exports of the library's sources for measurements that no entry of the package has.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundleSources } from './bundle-sources.mjs';

const root = join(import.meta.dirname, '..');
const outfile = join(root, 'node_modules', '.cache', 'internals', 'internals.mjs');

mkdirSync(join(outfile, '..'), { recursive: true });
await bundleSources({
  stdin: {
    resolveDir: join(root, 'lib'),
    contents: `
      export { inTransaction } from './database/transaction/in-transaction.ts';
      export { OrderChecks } from './database/orders/order-checks.ts';
      export { OrderTable } from './database/orders/order-table.ts';
      export { OutcomeTable } from './database/outcomes/outcome-table.ts';
      export { tablesOf } from './database/schema/schema-names.ts';
      export { MemoryInbox } from './outcomes/memory-inbox.ts';
    `,
  },
  outfile,
});

export const { inTransaction, MemoryInbox, OrderChecks, OrderTable, OutcomeTable, tablesOf } = await import(outfile);
