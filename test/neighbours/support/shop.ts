import { Body, Controller, Injectable, Post, type ModuleMetadata } from '@nestjs/common';
import { CashierOrderPipe } from '../../../lib/nest/cashier-order.pipe.js';
import { CashierService } from '../../../lib/payments/cashier.service.js';
import { CreateCashierOrderDto } from '../../../lib/payments/create-cashier-order.dto.js';
import { NotifyPayload } from '../../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify } from '../../../lib/notify/notify-route.decorators.js';
import { PaymentNotification } from '../../../lib/payments/payment-notification.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import { OnPayment } from '../../../lib/outcomes/handler.decorators.js';
import { PaymentOutcome } from '../../../lib/outcomes/outcome.js';
import { OutcomeProcessor } from '../../../lib/outcomes/outcome-processor.js';
import { Pass2PayModule } from '../../../lib/pass2pay.module.js';
import { DEFAULT_MERCHANT } from '../../../sandbox/gateway/options.js';

/** As the README has it. */
@Controller('orders')
export class OrdersController {
  constructor(private readonly cashier: CashierService) {}

  @Post()
  create(@Body(CashierOrderPipe) order: CreateCashierOrderDto) {
    return this.cashier.createOrder(order);
  }
}

/** As the README has it. */
@Controller('pay')
export class PayNotifyController {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  @PaymentNotify('notify')
  receive(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process(payment);
  }
}

/** Remembers what was paid. */
@Injectable()
export class Fulfilment {
  readonly paid: PaymentOutcome[] = [];

  @OnPayment(OrderState.Success)
  markPaid(payment: PaymentOutcome) {
    this.paid.push(payment);
  }
}

/** The README's shop, with what a neighbour adds to it. */
export function shop(baseUrl: string, { imports = [], controllers, providers = [] }: ModuleMetadata = {}) {
  const { mchNo, appId, secret: secrets } = DEFAULT_MERCHANT;
  return {
    imports: [...imports, Pass2PayModule.forRoot({ baseUrl, merchants: [{ mchNo, appId, secrets }] })],
    controllers: controllers ?? [OrdersController, PayNotifyController],
    providers: [...providers, Fulfilment],
  };
}
