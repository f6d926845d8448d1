import { ModulesContainer } from '@nestjs/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { Attempt } from '../../lib/client/transport/attempt.js';
import { Transport } from '../../lib/client/transport/transport.js';
import { AfterCommitWork } from '../../lib/database/after-commit/after-commit-work.js';
import { DueOutcomes } from '../../lib/database/outcomes/due-outcomes.js';
import { NotifyRoute } from '../../lib/notify/notify-route.js';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import type { PaymentOutcome } from '../../lib/outcomes/outcome.js';
import { Reconciler } from '../../lib/outcomes/reconciler.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { CashierService } from '../../lib/payments/cashier.service.js';
import type { NotifyMessage } from '../../sandbox/gateway/notify/notify-message.js';
import { MERCHANTS, type ShopAnswer } from './gateway-model.js';
import type { Life } from './life.js';
import { modulesWith, Wiring } from './wiring.js';

/** How a process reaches the world. */
export interface ProcessPorts {
  options: Pick<Pass2PayOptions, 'database' | 'inbox' | 'merchantOrders'>;
  /** Takes a request to the gateway, and its response back. */
  send: (config: InternalAxiosRequestConfig) => Promise<AxiosResponse>;
  handle: (outcome: PaymentOutcome, tx: unknown) => Promise<void>;
}

class Fulfilment {
  constructor(private readonly handle: ProcessPorts['handle']) {}

  @OnPayment()
  async settle(outcome: PaymentOutcome, tx: unknown): Promise<void> {
    await this.handle(outcome, tx);
  }
}

/** A process of the shop: the module as its own providers wire it, between ports of the simulation. */
export class MerchantProcess {
  readonly cashier: CashierService;
  private readonly route: NotifyRoute;
  private readonly sweeps: (() => Promise<unknown>)[];

  constructor(
    readonly life: Life,
    { options, send, handle }: ProcessPorts,
  ) {
    const module = Pass2PayModule.forRoot({
      baseUrl: 'http://127.0.0.1:9216',
      merchants: MERCHANTS.map(({ secret, ...merchant }) => ({ ...merchant, secrets: secret })),
      notifyUrl: 'http://127.0.0.1:3000/pay/notify',
      ...options,
    });
    const transport = {
      axios: {},
      request: (config: InternalAxiosRequestConfig, attempt: Attempt) => attempt.send(send, attempt.mark(config)),
    };
    const wiring = new Wiring(
      module,
      new Map<unknown, unknown>([
        [ModulesContainer, modulesWith(new Fulfilment(handle))],
        [Transport, transport],
      ]),
    );
    this.cashier = wiring.get(CashierService);
    this.route = wiring.get(NotifyRoute);
    const reconciler = wiring.get(Reconciler);
    this.sweeps = [() => reconciler.sweep()];
    if (options.database !== undefined) {
      const due = wiring.get(DueOutcomes);
      const afterCommit = wiring.get(AfterCommitWork);
      this.sweeps.push(
        () => due.sweep(),
        () => afterCommit.sweep(),
      );
    }
  }

  /** Looks for everything that is due, as its timers have it do. Never throws. */
  async sweep(): Promise<void> {
    await Promise.allSettled(this.sweeps.map((sweep) => sweep()));
  }

  /** Takes a notify. Where the process dies, it is never answered. */
  receive({ url, body, contentType }: NotifyMessage): Promise<Exclude<ShopAnswer, undefined>> {
    return new Promise((resolve) => {
      const rawBody = Buffer.from(body);
      const headers = { 'content-type': contentType, 'content-length': String(rawBody.byteLength) };
      const request = { url: new URL(url).pathname, headers, rawBody, httpVersionMajor: 1 };
      const response = {
        statusCode: 0,
        headersSent: false,
        writableEnded: false,
        setHeader: () => {},
        end: (text: string) => resolve({ status: response.statusCode, text }),
      };
      void this.route.receive('payment', request as unknown as IncomingMessage, response as unknown as ServerResponse);
    });
  }
}
