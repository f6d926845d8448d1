import type { Connection, Library, Setting } from './databases/library.js';
import { FULFILMENT } from './databases/statements.js';
import { methodHead } from './method.js';

/**
 * The files of the folder `pay`, by name, for a set-up with a database: a module with the notify route, the connection,
 * handlers in the module's transactions, and a test.
 */
export function databaseSources(library: Library, setting: Setting): Readonly<Record<string, string>> {
  const js = setting.isEsm ? '.js' : '';
  return {
    'pay.module.ts': payModule(js),
    'pay-database.module.ts': setting.isProvided
      ? providedDatabaseModule(library, library.connection(setting))
      : databaseModule(library, library.connection(setting)),
    'fulfilment.service.ts': fulfilment(library, setting),
    'pay.module.spec.ts': test(library, setting, js),
  };
}

function payModule(js: string): string {
  return `import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Pass2PayModule, Pass2PayOptions } from 'nestjs-pass2pay';
import { pass2payConfig } from 'nestjs-pass2pay/config';
import type { SqlDatabase } from 'nestjs-pass2pay/database';
import { Fulfilment } from './fulfilment.service${js}';
import { PAY_DATABASE, PayDatabaseModule } from './pay-database.module${js}';

/** Import it where orders are created, and inject CashierService. */
@Module({
  imports: [
    ConfigModule.forRoot(),
    PayDatabaseModule,
    Pass2PayModule.forRootAsync({
      // The notify route; PASS2PAY_NOTIFY_URL must point here.
      notifyPath: 'pay/notify',
      // Reads the PASS2PAY_… variables; .env.example lists them.
      imports: [ConfigModule.forFeature(pass2payConfig), PayDatabaseModule],
      inject: [pass2payConfig.KEY, PAY_DATABASE],
      useFactory: (options: Pass2PayOptions, database: SqlDatabase) => ({
        ...options,
        database,
      }),
    }),
  ],
  providers: [Fulfilment],
  exports: [Pass2PayModule],
})
export class PayModule {}
`;
}

function databaseModule({ adapter }: Library, connection: Connection): string {
  const { imports, exports = '', token, type, factory, pool, close, isCloseAsync } = connection;
  const logs = `${factory}${pool?.factory}`.includes('Logger') ? 'Logger, ' : '';
  const nest = `import { Inject, ${logs}Module, OnApplicationShutdown } from '@nestjs/common';`;
  const end = isCloseAsync
    ? `  async onApplicationShutdown(): Promise<void> {\n    await ${close};\n  }`
    : `  onApplicationShutdown(): void {\n    ${close};\n  }`;
  const [poolToken, poolProvider, takesPool] =
    pool === undefined
      ? ['', '', '']
      : [
          `export const POOL = Symbol('POOL');\n`,
          `    {\n      provide: POOL,\n      useFactory: ${pool.factory},\n    },\n`,
          '      inject: [POOL],\n',
        ];
  const adapterProvider = pool?.isForAdapter
    ? `      inject: [${token}, POOL],
      useFactory: (connection: ${type}, pool: ${pool.type}) =>
        ${adapter.name}(connection, pool),`
    : `      inject: [${token}],
      useFactory: (connection: ${type}) => ${adapter.name}(connection),`;
  return `${nest}
import { ${adapter.name} } from 'nestjs-pass2pay/database/${adapter.subpath}';
${imports.join('\n')}

${exports === '' ? '' : `${exports}\n`}${poolToken}/** Where nestjs-pass2pay stores orders and outcomes. */
export const PAY_DATABASE = Symbol('PAY_DATABASE');

/** Placeholder: provide your application's connection instead. */
@Module({
  providers: [
${poolProvider}    {
      provide: ${token},
${takesPool}      useFactory: ${factory},
    },
    {
      provide: PAY_DATABASE,
${adapterProvider}
    },
  ],
  exports: [${token}, PAY_DATABASE],
})
export class PayDatabaseModule implements OnApplicationShutdown {
${methodHead('constructor', [`@Inject(${token}) private readonly connection: ${type}`])}}

${end}
}
`;
}

function providedDatabaseModule({ adapter }: Library, { imports, token, type }: Connection): string {
  return `import { Module } from '@nestjs/common';
import { ${adapter.name} } from 'nestjs-pass2pay/database/${adapter.subpath}';
${imports.join('\n')}

/** Where nestjs-pass2pay stores orders and outcomes: on the application's connection. */
export const PAY_DATABASE = Symbol('PAY_DATABASE');

@Module({
  providers: [
    {
      provide: PAY_DATABASE,
      inject: [${token}],
      useFactory: (connection: ${type}) => ${adapter.name}(connection),
    },
  ],
  exports: [PAY_DATABASE],
})
export class PayDatabaseModule {}
`;
}

function fulfilment(library: Library, setting: Setting): string {
  const { imports, tx, insert, isAsync, constructorText } = library.handling(setting);
  const modifier = isAsync ? 'async ' : '';
  const returns = isAsync ? 'Promise<void>' : 'void';
  const call = isAsync ? 'await this' : 'this';
  const handler = (name: string) => methodHead(`${modifier}${name}`, ['payment: PaymentOutcome', `tx: ${tx}`], returns);
  const note = methodHead(
    `private ${modifier}note`,
    [`tx: ${tx}`, '{ mchOrderNo }: PaymentOutcome', 'state: string'],
    returns,
  );
  const packages = imports.filter((line) => !line.includes(`'./`));
  const own = imports.filter((line) => line.includes(`'./`));
  const nest = constructorText === undefined ? 'Injectable' : 'Inject, Injectable';
  return `import { ${nest} } from '@nestjs/common';
import { OnPayment, OrderState, PaymentOutcome } from 'nestjs-pass2pay';
${[...packages, ...own].join('\n')}

/** Handles the outcome of an order, once for each outcome. */
@Injectable()
export class Fulfilment {
${constructorText === undefined ? '' : `${constructorText}\n\n`}  // A payment may arrive after the order has failed or closed: payment.late
  // is true then.
  @OnPayment(OrderState.Success)
${handler('markPaid')}
    ${call}.note(tx, payment, 'paid');
  }

  @OnPayment(OrderState.Failed, OrderState.Cancelled, OrderState.Closed)
${handler('close')}
    ${call}.note(tx, payment, 'closed');
  }

  // Replace it with your order table. Statements on tx commit together with the module's own records, or not at all.
${note}
    ${insert}
  }
}
`;
}

function test({ provided }: Library, setting: Setting, js: string): string {
  const { dialect, isProvided } = setting;
  const own = isProvided && provided ? `\n${provided.importText}` : '';
  const modules = isProvided && provided ? [provided.testModule(setting), 'PayModule'] : ['PayModule'];
  const line = `imports: [${modules.join(', ')}]`;
  const imports =
    line.length <= 73 ? line : `imports: [\n${modules.map((each) => `        ${each},\n`).join('')}      ]`;
  const hasServer = dialect !== 'sqlite';
  const before = hasServer
    ? `const url = process.env.TEST_DATABASE_URL;

// Requires a separate database, in which it creates tables; skipped if TEST_DATABASE_URL is not set.
(url ? describe : describe.skip)('PayModule', () => {`
    : `// Uses an in-memory database.
const url = ':memory:';

describe('PayModule', () => {`;
  return `import { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';${own}
import { CashierService } from 'nestjs-pass2pay';
import { ensureSchema, type SqlDatabase } from 'nestjs-pass2pay/database';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from 'pass2pay-sandbox';
import { PAY_DATABASE } from './pay-database.module${js}';
import { PayModule } from './pay.module${js}';

// Same as in the migration.
const TABLE = \`${FULFILMENT}\`;

${before}
  const mchOrderNo = \`TEST\${Date.now()}\`;
  let sandbox: Pass2PaySandbox;
  let app: INestApplication;
  let database: SqlDatabase;
  let notifyUrl: string;

  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start();
    Object.assign(process.env, {
      DATABASE_URL: url,
      PASS2PAY_BASE_URL: sandbox.url,
      PASS2PAY_MCH_NO: DEFAULT_MERCHANT.mchNo,
      PASS2PAY_APP_ID: DEFAULT_MERCHANT.appId,
      PASS2PAY_SECRET: DEFAULT_MERCHANT.secret,
    });
    const module = await Test.createTestingModule({
      ${imports},
    }).compile();
    database = module.get<SqlDatabase>(PAY_DATABASE, { strict: false });
    await ensureSchema(database);
    await database.execute(TABLE);
    app = module.createNestApplication({ logger: false, rawBody: true });
    await app.listen(0, '127.0.0.1');
    notifyUrl = \`\${await app.getUrl()}/pay/notify\`;
  });

  afterAll(async () => {
    await app?.close();
    await sandbox?.stop();
  });

  async function states(): Promise<unknown[]> {
    const sql = 'SELECT state FROM pay_fulfilment WHERE mch_order_no = ?';
    const { rows } = await database.execute(sql, [mchOrderNo]);
    return rows.map(({ state }) => state);
  }

  it('handles a payment once, and refuses a forged notify', async () => {
    const order = await app.get(CashierService).createOrder({
      mchOrderNo,
      amount: 10031,
      registerTime: Date.now() - 86_400_000,
      custNo: 'C1',
      notifyUrl,
    });
    expect(order.cashierUrl).toContain(sandbox.url);

    await sandbox.pay(mchOrderNo);
    await sandbox.notifySettled(mchOrderNo);
    const notify = sandbox.notifyAttempts(mchOrderNo).at(0);
    expect(notify?.response).toBe('success');
    expect(await states()).toEqual(['paid']);

    const send = async (body?: string) => {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const init = { method: 'POST', headers, body };
      const response = await fetch(notifyUrl, init);
      return response.status;
    };
    expect(await send(notify?.body)).toBe(200);
    const forged = notify?.body.replace('amount=10031', 'amount=1');
    expect(await send(forged)).toBe(401);
    expect(await states()).toEqual(['paid']);
  });
});
`;
}
