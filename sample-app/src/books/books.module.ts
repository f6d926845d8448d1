import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ShopEffect } from './shop-effect.entity.js';
import { ShopMismatch } from './shop-mismatch.entity.js';
import { ShopOrderBook } from './shop-order-book.js';
import { ShopOrder } from './shop-order.entity.js';
import { ShopTransactions } from './shop-transactions.js';

/** The shop's own records: the one source of truth about its orders. */
@Module({
  imports: [TypeOrmModule.forFeature([ShopOrder, ShopEffect, ShopMismatch])],
  providers: [ShopTransactions, ShopOrderBook],
  exports: [ShopTransactions, ShopOrderBook, TypeOrmModule],
})
export class BooksModule {}
