// A queue worker whose handler computes for 5 ms.
import { BullMqOutcomeQueue, MERCHANT, OnPayment, OrderState } from '../lib/module.mjs';
import { decorated, decoratedMethod, Injectable, startModule } from '../lib/nest.mjs';

const [prefix, name, url] = process.argv.slice(2);

class Fulfilment {
  markPaid() {
    const until = performance.now() + 5;
    while (performance.now() < until);
    process.send({ handled: 1 });
  }
}
decoratedMethod(Fulfilment, 'markPaid', [OnPayment(OrderState.Success)], [Object]);
decorated([Injectable()], Fulfilment);

const outcomeQueue = new BullMqOutcomeQueue({ connection: { url }, prefix, name, concurrency: 4 });
await startModule({ baseUrl: 'https://api.example', merchants: [MERCHANT], outcomeQueue }, [Fulfilment]);
process.send({ isReady: true });

// The benchmark has ended or crashed.
process.on('disconnect', () => process.exit());
