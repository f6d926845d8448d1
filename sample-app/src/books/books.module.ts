import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ShopEffect } from './shop-effect.entity.js';
import { ShopMismatch } from './shop-mismatch.entity.js';
import { ShopMerchantOrders } from './shop-merchant-orders.js';
import { ShopOrder } from './shop-order.entity.js';
import { ShopTransactions } from './shop-transactions.js';

/** The shop's own records: the one source of truth about its orders. */
@Module({
  imports: [TypeOrmModule.forFeature([ShopOrder, ShopEffect, ShopMismatch])],
  providers: [ShopTransactions, ShopMerchantOrders],
  exports: [ShopTransactions, ShopMerchantOrders, TypeOrmModule],
})
export class BooksModule {}
