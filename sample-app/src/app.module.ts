import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Pass2PayExceptionFilter, Pass2PayModule } from 'nestjs-pass2pay';
import { pass2payConfig } from 'nestjs-pass2pay/config';
import { DataSource } from 'typeorm';
import { CustomerPagesModule } from './customer-pages.module.js';
import { databaseOptions } from './database.config.js';
import { MerchantModule } from './merchant/merchant.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { NOTIFY_PATH, pass2payOptions } from './pass2pay.config.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    TypeOrmModule.forRootAsync({ inject: [ConfigService], useFactory: databaseOptions }),
    Pass2PayModule.forRootAsync({
      imports: [ConfigModule.forFeature(pass2payConfig)],
      inject: [pass2payConfig.KEY, ConfigService, DataSource],
      useFactory: pass2payOptions,
      // The module has the route to which the gateway posts how an order ended: verified, handled, then acknowledged.
      notifyPath: NOTIFY_PATH,
      isGlobal: true,
    }),
    OrdersModule,
    CustomerPagesModule,
    MerchantModule,
  ],
  providers: [{ provide: APP_FILTER, useClass: Pass2PayExceptionFilter }],
})
export class AppModule {}
