import { Controller, Injectable } from '@nestjs/common';
import { NotifyPayload } from '../../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify } from '../../../lib/notify/notify-route.decorators.js';
import { OnMismatch, OnPayment } from '../../../lib/outcomes/handler.decorators.js';
import type { Mismatch } from '../../../lib/outcomes/order-matcher.js';
import type { PaymentOutcome } from '../../../lib/outcomes/outcome.js';
import { OutcomeProcessor } from '../../../lib/outcomes/outcome-processor.js';
import { Pass2PayModule } from '../../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../../lib/pass2pay.options.js';
import { PaymentNotification } from '../../../lib/payments/payment-notification.js';
import { startApp, type Platform, type RunningApp } from '../../support/nest-app.js';
import { MERCHANT, notifyParams, signedForm } from '../../support/test-merchant.js';

export const M1 = { ...MERCHANT };
export const M2 = { mchNo: 'M2', appId: 'A2', secrets: 'OTHERKEY0123456789abcdefABCDEF' };

/** The route of payment notifies, at /pay/notify. */
@Controller('pay')
export class NotifyRoute {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  @PaymentNotify('notify') receive(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process(payment);
  }
}

export interface NotifiedShop extends RunningApp {
  /** What the handlers of payments got. */
  applied: PaymentOutcome[];
  mismatches: Mismatch[];
  /** Posts a notify that the merchant's gateway signed; the answer is its status and text. */
  notify(changes?: Record<string, string>, merchant?: typeof M2): Promise<{ status: number; text: string }>;
}

interface Settings {
  platform?: Platform;
  rawBody?: boolean;
  options?: Partial<Pass2PayOptions>;
  /** Whether a provider has a handler of mismatches. */
  takesMismatches?: boolean;
  /** What the handler of payments does. */
  handle?: (payment: PaymentOutcome) => unknown;
}

/** An application that receives payment notifies and remembers what its handlers got. */
export async function startNotifiedShop({
  platform = 'express',
  rawBody = false,
  options,
  takesMismatches = true,
  handle,
}: Settings = {}): Promise<NotifiedShop> {
  const applied: PaymentOutcome[] = [];
  const mismatches: Mismatch[] = [];

  @Injectable()
  class Fulfilment {
    @OnPayment() async settle(payment: PaymentOutcome) {
      await handle?.(payment);
      applied.push(payment);
    }
  }

  @Injectable()
  class Desk {
    @OnMismatch() look(mismatch: Mismatch) {
      mismatches.push(mismatch);
    }
  }

  const running = await startApp(
    {
      imports: [Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [M1], retries: 0, ...options })],
      controllers: [NotifyRoute],
      providers: takesMismatches ? [Fulfilment, Desk] : [Fulfilment],
    },
    { platform, rawBody },
  );
  const notify = async (changes: Record<string, string> = {}, { mchNo, appId, secrets }: typeof M2 = M1) => {
    const response = await fetch(`${running.url}/pay/notify`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: signedForm(notifyParams({ mchNo, appId, ...changes }), secrets),
    });
    return { status: response.status, text: await response.text() };
  };
  return { ...running, applied, mismatches, notify };
}
