import 'reflect-metadata';
import { Body, Controller, Injectable, Module, Post, type DynamicModule } from '@nestjs/common';
import {
  CashierOrderPipe,
  CashierService,
  CreateCashierOrderDto,
  NotifyPayload,
  OnPayment,
  OrderState,
  OutcomeProcessor,
  Pass2PayModule,
  PaymentNotification,
  PaymentNotify,
  PaymentOutcome,
} from 'nestjs-pass2pay';
import { DEFAULT_MERCHANT } from 'pass2pay-sandbox';

@Controller('orders')
class OrdersController {
  constructor(private readonly cashier: CashierService) {}

  @Post()
  create(@Body(CashierOrderPipe) order: CreateCashierOrderDto) {
    return this.cashier.createOrder(order);
  }
}

@Controller('pay')
export class PayNotifyController {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  @PaymentNotify('notify')
  receive(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process(payment);
  }
}

@Injectable()
export class Fulfilment {
  readonly paid: string[] = [];

  @OnPayment(OrderState.Success)
  markPaid(payment: PaymentOutcome) {
    this.paid.push(payment.mchOrderNo);
  }
}

@Module({})
export class ShopModule {
  /** @param beside what the application has besides */
  static with(baseUrl: string, beside: DynamicModule[]): DynamicModule {
    const { mchNo, appId, secret: secrets } = DEFAULT_MERCHANT;
    return {
      module: ShopModule,
      imports: [
        ...beside,
        Pass2PayModule.forRoot({
          baseUrl,
          merchants: [{ mchNo, appId, secrets }],
          notifyPath: 'built-in/notify',
        }),
      ],
      controllers: [OrdersController, PayNotifyController],
      providers: [Fulfilment],
    };
  }
}
