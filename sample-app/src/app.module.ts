import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Pass2PayExceptionFilter, Pass2PayModule } from 'nestjs-pass2pay';
import { BooksModule } from './books/books.module.js';
import { ShopMerchantOrders } from './books/shop-merchant-orders.js';
import { CustomerPagesModule } from './customer-pages.module.js';
import { databaseOptions } from './database.config.js';
import { MerchantModule } from './merchant/merchant.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { pass2payOptions } from './pay/pass2pay.config.js';
import { PayNotifyController } from './pay/pay-notify.controller.js';
import { RedisConnection } from './redis/redis-connection.js';
import { RedisModule } from './redis/redis.module.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    TypeOrmModule.forRootAsync({ inject: [ConfigService], useFactory: databaseOptions }),
    Pass2PayModule.forRootAsync({
      imports: [BooksModule, RedisModule],
      inject: [ConfigService, ShopMerchantOrders, RedisConnection],
      useFactory: pass2payOptions,
      isGlobal: true,
    }),
    OrdersModule,
    CustomerPagesModule,
    MerchantModule,
  ],
  controllers: [PayNotifyController],
  providers: [{ provide: APP_FILTER, useClass: Pass2PayExceptionFilter }],
})
export class AppModule {}
