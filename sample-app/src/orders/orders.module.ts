import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { FulfilmentService } from './fulfilment.service.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';
import { ShopOrder } from './shop-order.entity.js';

@Module({
  imports: [TypeOrmModule.forFeature([ShopOrder])],
  controllers: [OrdersController],
  providers: [OrdersService, FulfilmentService],
  exports: [OrdersService],
})
export class OrdersModule {}
