import { Module } from '@nestjs/common';
import { BooksModule } from '../books/books.module.js';
import { MerchantController } from './merchant.controller.js';
import { MerchantOrdersService } from './merchant-orders.service.js';
import { MerchantPasswordGuard } from './merchant-password.guard.js';

@Module({
  imports: [BooksModule],
  controllers: [MerchantController],
  providers: [MerchantOrdersService, MerchantPasswordGuard],
})
export class MerchantModule {}
