import type { Library } from './library.js';
import { driverOf, KEPT, statementsConstant } from './statements.js';

export const sequelize: Library = {
  signs: ['sequelize', '@nestjs/sequelize'],
  dialects: ['postgres', 'mysql'],
  packages: ({ dialect }) => [{ sequelize: '^6.37.0', ...driverOf(dialect)[0] }, {}],
  adapter: { name: 'sequelizeDatabase', subpath: 'sequelize' },
  connection: () => ({
    imports: [`import { Sequelize } from 'sequelize';`],
    token: 'Sequelize',
    type: 'Sequelize',
    factory: `() =>
        new Sequelize(process.env.DATABASE_URL ?? '', { logging: false })`,
    close: 'this.connection.close()',
    isCloseAsync: true,
  }),
  handling: () => ({
    imports: [`import { Sequelize, type Transaction } from 'sequelize';`],
    tx: 'Transaction',
    constructorText: `  constructor(@Inject(Sequelize) private readonly sequelize: Sequelize) {}`,
    insert: `await this.sequelize.query(
      'INSERT INTO pay_fulfilment (mch_order_no, state) VALUES (?, ?)',
      { replacements: [mchOrderNo, state], transaction: tx },
    );`,
    isAsync: true,
  }),
  // sequelize-cli requires them.
  migration: (statements, moment, { isEsm }) => [
    {
      path: `/migrations/${moment}-pass2pay.${isEsm ? 'cjs' : 'js'}`,
      text: `'use strict';

${statementsConstant(statements)}
module.exports = {
  async up({ sequelize }) {
    for (const statement of STATEMENTS) await sequelize.query(statement);
  },

  async down() {
    throw new Error(
      '${KEPT}',
    );
  },
};
`,
    },
  ],
  apply: 'sequelize-cli db:migrate',
};
