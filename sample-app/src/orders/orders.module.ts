import { Module } from '@nestjs/common';
import { BooksModule } from '../books/books.module.js';
import { FulfilmentService } from './fulfilment.service.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

@Module({
  imports: [BooksModule],
  controllers: [OrdersController],
  providers: [OrdersService, FulfilmentService],
  exports: [OrdersService],
})
export class OrdersModule {}
