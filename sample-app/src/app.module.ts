import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Pass2PayModule } from 'nestjs-pass2pay';
import { databaseOptions } from './database.config.js';
import { OrdersModule } from './orders/orders.module.js';
import { PagesController } from './pages/pages.controller.js';
import { pass2payOptions } from './pay/pass2pay.config.js';
import { PayNotifyController } from './pay/pay-notify.controller.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    TypeOrmModule.forRootAsync({ inject: [ConfigService], useFactory: databaseOptions }),
    Pass2PayModule.forRootAsync({ inject: [ConfigService], useFactory: pass2payOptions, isGlobal: true }),
    OrdersModule,
  ],
  controllers: [PayNotifyController, PagesController],
})
export class AppModule {}
