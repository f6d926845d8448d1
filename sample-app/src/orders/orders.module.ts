import { Module } from '@nestjs/common';
import { BooksModule } from '../books/books.module.js';
import { RedisModule } from '../redis/redis.module.js';
import { FulfilmentService } from './fulfilment.service.js';
import { OrderNews } from './order-news.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

@Module({
  imports: [BooksModule, RedisModule],
  controllers: [OrdersController],
  providers: [OrdersService, FulfilmentService, OrderNews],
  exports: [OrdersService, OrderNews],
})
export class OrdersModule {}
