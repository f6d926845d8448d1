// One Nest application with its own database: the built-in route with the module's inbox and a handler with one UPDATE,
// or a hand-written controller that verifies, inserts a unique key, updates and commits.
import { fromRoot, MERCHANT, OnPayment, OrderState, OutcomeProcessor, Pass2PayModule, verify } from '../lib/module.mjs';
import { PaymentNotification } from '../lib/module.mjs';
import { openDatabase } from '../lib/databases.mjs';
import { Controller, decorated, decoratedMethod, Injectable, Module, NestFactory, Post } from '../lib/nest.mjs';

const [dialect, kind, name] = process.argv.slice(2);
const { Body, HttpCode, UnauthorizedException } = fromRoot('@nestjs/common');
const CONCURRENCY = 32;
const POOL_SIZE = 10;
const { pool, database, byHand, markPaid, close } = await openDatabase(dialect, name, POOL_SIZE);

class HandWrittenController {
  async receive({ sign, ...params }) {
    if (!verify(params, sign, MERCHANT.secrets)) throw new UnauthorizedException();
    await byHand(pool, params);
    return 'success';
  }
}
Body()(HandWrittenController.prototype, 'receive', 0);
decoratedMethod(HandWrittenController, 'receive', [Post('notify'), HttpCode(200)], [Object]);
decorated([Controller('pay')], HandWrittenController);

class Fulfilment {
  async markPaid(payment, tx) {
    await markPaid(tx, payment);
  }
}
decoratedMethod(Fulfilment, 'markPaid', [OnPayment(OrderState.Success)], [Object, Object]);
decorated([Injectable()], Fulfilment);

const metadata = {
  'by hand': () => ({ controllers: [HandWrittenController] }),
  module: () => ({
    imports: [
      Pass2PayModule.forRoot({
        notifyPath: 'pay/notify',
        baseUrl: 'https://api.example',
        merchants: [MERCHANT],
        database,
        databaseLimits: { maxConcurrent: POOL_SIZE },
      }),
    ],
    providers: [Fulfilment],
  }),
};
const App = decorated([Module(metadata[kind]())], class {});
const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');

const deliver = {
  'by hand': (params) => byHand(pool, params),
  module: (params) => app.get(OutcomeProcessor).process(paymentOf(params)),
};

/** The payment that the signature guard creates from a notify. */
function paymentOf({ amount, state, successTime, createdAt, reqTime, ...texts }) {
  return Object.assign(new PaymentNotification(), texts, {
    amount: Number(amount),
    state: Number(state),
    successTime: Number(successTime),
    createdAt: Number(createdAt),
    reqTime: Number(reqTime),
  });
}

const answers = {
  cpu: () => process.cpuUsage(),
  /** Outcomes without HTTP and without signatures. */
  deliver: async ({ notifies }) => {
    const from = performance.now();
    const lane = async () => {
      for (let params = notifies.pop(); params !== undefined; params = notifies.pop()) await deliver[kind](params);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
    return { ms: performance.now() - from };
  },
};
const reply = async (message) => process.send({ answer: await answers[message.ask](message) });
process.on('message', (message) => void reply(message));
process.send({ url: `${(await app.getUrl()).replace('[::1]', '127.0.0.1')}/pay/notify` });

// The benchmark has ended or crashed.
process.on('disconnect', () => {
  void close().finally(() => process.exit());
});
