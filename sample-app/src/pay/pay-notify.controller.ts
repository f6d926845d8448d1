import { Controller } from '@nestjs/common';
import { NotifyPayload, OutcomeProcessor, PaymentNotification, PaymentNotify } from 'nestjs-pass2pay';

/** Where the gateway posts how an order ended. Only notifies with a valid signature get here. */
@Controller('pay')
export class PayNotifyController {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  @PaymentNotify('notify')
  async receive(@NotifyPayload() payment: PaymentNotification): Promise<void> {
    await this.outcomes.process(payment);
  }
}
