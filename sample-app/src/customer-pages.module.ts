import { Module } from '@nestjs/common';
import { CatalogueController } from './catalogue/catalogue.controller.js';
import { CheckoutController } from './checkout/checkout.controller.js';
import { WayToCashier } from './checkout/way-to-cashier.js';
import { OrdersModule } from './orders/orders.module.js';
import { ResultController } from './result/result.controller.js';
import { ResultStream } from './result/result-stream.js';

/** What customers see in the browser: the catalogue, the checkout, and what became of an order. */
@Module({
  imports: [OrdersModule],
  controllers: [CatalogueController, CheckoutController, ResultController],
  providers: [WayToCashier, ResultStream],
})
export class CustomerPagesModule {}
