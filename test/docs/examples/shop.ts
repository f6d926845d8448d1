import { Controller, Injectable, Module } from '@nestjs/common';
import { NotifyPayload, OnPayment, OrderState, OutcomeProcessor, Pass2PayModule } from 'nestjs-pass2pay';
import { PaymentNotification, PaymentNotify, PaymentOutcome } from 'nestjs-pass2pay';

@Controller('pay')
class PayNotifyController {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  @PaymentNotify('notify')
  receive(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process(payment);
  }
}

@Injectable()
export class Fulfilment {
  readonly shipped: string[] = [];

  @OnPayment(OrderState.Success)
  ship(payment: PaymentOutcome) {
    this.shipped.push(payment.mchOrderNo);
  }
}

/** An application as a user has it: it would sell through the real gateway. */
@Module({
  imports: [
    Pass2PayModule.forRoot({
      baseUrl: 'https://api.example',
      merchants: [{ mchNo: 'M1', appId: 'A1', secrets: 'the-secret-of-the-real-gateway' }],
      notifyUrl: 'https://shop.example/pay/notify',
    }),
  ],
  controllers: [PayNotifyController],
  providers: [Fulfilment],
})
export class AppModule {}
