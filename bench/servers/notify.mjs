// One Nest application: a bare @Post that answers 'success', one that verifies and no more, or a notify route with the
// module behind it.
import {
  fromRoot,
  MERCHANT,
  NotifyPayload,
  OnPayment,
  OrderState,
  OutcomeProcessor,
  Pass2PayModule,
  PaymentNotify,
  verify,
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

/** The least that can be called a verified notify: nothing of it outlasts the process, or waits for what handles it. */
class VerifyingController {
  states = new Map();

  receive({ sign, ...params }) {
    if (!verify(params, sign, MERCHANT.secrets)) throw new UnauthorizedException();
    if (!this.states.has(params.payOrderId)) this.states.set(params.payOrderId, params.state);
    return 'success';
  }
}
Body()(VerifyingController.prototype, 'receive', 0);
decoratedMethod(VerifyingController, 'receive', [Post('notify'), HttpCode(200)], [Object]);
decorated([Controller('pay')], VerifyingController);

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

let handled = 0;
class Fulfilment {
  markPaid() {
    handled += 1;
  }
}
decoratedMethod(Fulfilment, 'markPaid', [OnPayment(OrderState.Success)], [Object]);
decorated([Injectable()], Fulfilment);

const metadata = {
  bare: () => ({ controllers: [BareController] }),
  verifying: () => ({ controllers: [VerifyingController] }),
  notify: () => ({
    imports: [Pass2PayModule.forRoot({ baseUrl: 'https://api.example', merchants: [MERCHANT] })],
    controllers: [NotifyController],
    providers: [Fulfilment],
  }),
};
const App = decorated([Module(metadata[kind]())], class {});
const options = { logger: ['error', 'warn'] };
const app =
  platform === 'fastify'
    ? await NestFactory.create(App, new FastifyAdapter(), options)
    : await NestFactory.create(App, options);
await app.listen(0, '127.0.0.1');
process.on('message', () => process.send({ handled }));
process.send({ url: `${(await app.getUrl()).replace('[::1]', '127.0.0.1')}/pay/notify` });

// The benchmark has ended, however it ended.
process.on('disconnect', () => process.exit());
