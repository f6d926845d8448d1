// One Nest application that receives notifies: a bare @Post that responds with 'success', a hand-written controller, or
// the module, with a decorated method or its built-in route.
import {
  fromRoot,
  MERCHANT,
  NotifyPayload,
  OnPayment,
  OrderState,
  OutcomeProcessor,
  Pass2PayModule,
  PaymentNotify,
} from '../lib/module.mjs';
import {
  Controller,
  decorated,
  decoratedMethod,
  injecting,
  Module,
  NestFactory,
  Injectable,
  Post,
} from '../lib/nest.mjs';
import { isSignedByHand } from '../lib/sign-by-hand.mjs';

const [platform, kind] = process.argv.slice(2);
const { FastifyAdapter } = fromRoot('@nestjs/platform-fastify');
const { Body, HttpCode, UnauthorizedException } = fromRoot('@nestjs/common');

class BareController {
  receive() {
    return 'success';
  }
}
decoratedMethod(BareController, 'receive', [Post('notify'), HttpCode(200)]);
decorated([Controller('pay')], BareController);

let handled = 0;
class Fulfilment {
  async markPaid() {
    handled += 1;
  }
}

const REFUSED = 'Invalid signature';

/** Verifies, looks up, handles each order once in this process, and responds. */
class HandWrittenController {
  #secrets = new Map([[`${MERCHANT.mchNo}/${MERCHANT.appId}`, MERCHANT.secrets]]);
  #seen = new Set();
  #fulfilment = new Fulfilment();

  async receive({ sign, ...params }) {
    const secret = this.#secrets.get(`${params.mchNo}/${params.appId}`);
    if (secret === undefined) throw new UnauthorizedException(REFUSED);
    if (!isSignedByHand(params, sign, secret)) throw new UnauthorizedException(REFUSED);
    if (!this.#seen.has(params.payOrderId)) {
      if (params.state === '2') await this.#fulfilment.markPaid(params);
      this.#seen.add(params.payOrderId);
    }
    return 'success';
  }
}
Body()(HandWrittenController.prototype, 'receive', 0);
decoratedMethod(HandWrittenController, 'receive', [Post('notify'), HttpCode(200)], [Object]);
decorated([Controller('pay')], HandWrittenController);

class NotifyController {
  constructor(outcomes) {
    this.outcomes = outcomes;
  }
  receive(payment) {
    return this.outcomes.process(payment);
  }
}
NotifyPayload()(NotifyController.prototype, 'receive', 0);
decoratedMethod(NotifyController, 'receive', [PaymentNotify('notify')], [Object]);
decorated([Controller('pay')], injecting(NotifyController, OutcomeProcessor));

decoratedMethod(Fulfilment, 'markPaid', [OnPayment(OrderState.Success)], [Object]);
decorated([Injectable()], Fulfilment);

const module = (extras) => Pass2PayModule.forRoot({ baseUrl: 'https://api.example', merchants: [MERCHANT], ...extras });

const metadata = {
  bare: () => ({ controllers: [BareController] }),
  'by hand': () => ({ controllers: [HandWrittenController] }),
  decorators: () => ({ imports: [module()], controllers: [NotifyController], providers: [Fulfilment] }),
  'built-in': () => ({ imports: [module({ notifyPath: 'pay/notify' })], providers: [Fulfilment] }),
};
const App = decorated([Module(metadata[kind]())], class {});
const options = { logger: ['error', 'warn'] };
const app =
  platform === 'fastify'
    ? await NestFactory.create(App, new FastifyAdapter(), options)
    : await NestFactory.create(App, options);
await app.listen(0, '127.0.0.1');
process.on('message', () => process.send({ handled, cpu: process.cpuUsage() }));
process.send({ url: `${(await app.getUrl()).replace('[::1]', '127.0.0.1')}/pay/notify` });

// The benchmark has ended or crashed.
process.on('disconnect', () => process.exit());
