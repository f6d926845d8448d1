import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ShopOrder } from '../books/shop-order.entity.js';
import { MerchantController } from './merchant.controller.js';
import { MerchantOrdersService } from './merchant-orders.service.js';
import { MerchantPasswordGuard } from './merchant-password.guard.js';

@Module({
  imports: [TypeOrmModule.forFeature([ShopOrder])],
  controllers: [MerchantController],
  providers: [MerchantOrdersService, MerchantPasswordGuard],
})
export class MerchantModule {}
