import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ShopOrder } from '../books/shop-order.entity.js';
import { FulfilmentService } from './fulfilment.service.js';
import { OrderNews } from './order-news.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([ShopOrder])],
  controllers: [OrdersController],
  providers: [OrdersService, FulfilmentService, OrderNews],
  exports: [OrdersService, OrderNews],
})
export class OrdersModule {}
