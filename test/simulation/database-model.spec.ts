import { describe } from '@jest/globals';
import { passesChecks } from '../database/support/passes-checks.js';
import { DatabaseModel, type ModelTx } from './stores/database-model.js';

describe('the model of a database, as an adapter', () => {
  passesChecks<ModelTx>({
    open: () => {
      const model = new DatabaseModel();
      return { database: model.connect({}, async (_request, perform) => perform()), close: () => model.close() };
    },
    poolSize: 1,
    run: (tx, sql) => tx.run(sql),
  });
});
