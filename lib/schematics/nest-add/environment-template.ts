import type { SqlDialect } from '../../database/sql-database.js';

/** An environment variable of the application and its description. */
export type Variable = readonly [name: string, value: string, what: string];

const VARIABLES: readonly Variable[] = [
  ['PASS2PAY_BASE_URL', 'https://api.example', 'the URL of the gateway: https, unless on this machine'],
  ['PASS2PAY_MCH_NO', 'M1621873433953', 'the merchant number, from the management page'],
  ['PASS2PAY_APP_ID', '60cc09bce4b0f1c0b83761c9', "the app's id, from the management page"],
  ['PASS2PAY_SECRET', '', "the app's secret; or PASS2PAY_SECRET_FILE, the path of a file with it"],
  ['PASS2PAY_NOTIFY_URL', 'https://shop.example/pay/notify', 'the public URL of the notify route'],
  ['PASS2PAY_RETURN_URL', 'https://shop.example/thanks', 'the page to which the payer returns'],
];

/** Adds missing variables to the template. */
export function withVariables(template: string, others: readonly Variable[] = []): string {
  const missing = [...VARIABLES, ...others].filter(
    ([name]) => !new RegExp(`^\\s*(#\\s*)?${name}=`, 'm').test(template),
  );
  if (missing.length === 0) return template;
  const lines = missing.map(([name, value, what]) => `# ${what}\n${name}=${value}\n`).join('');
  const before = template === '' || template.endsWith('\n') ? template : `${template}\n`;
  return `${before}${before === '' ? '' : '\n'}# nestjs-pass2pay\n${lines}`;
}

/** The database, and one for tests. */
export function databaseVariables(dialect: SqlDialect): readonly Variable[] {
  if (dialect === 'sqlite') return [['DATABASE_URL', 'shop.db', 'the database file']];
  const server = { postgres: 'postgres://shop@127.0.0.1:5432', mysql: 'mysql://shop@127.0.0.1:3306' }[dialect];
  return [
    ['DATABASE_URL', `${server}/shop`, 'the database'],
    ['TEST_DATABASE_URL', '', 'a database that tests may write to; without it, src/pay/pay.module.spec.ts is skipped'],
  ];
}
