import { NestFactory } from '@nestjs/core';
import { CashierService } from '../../payments/cashier.service.js';
import { GatewayClient } from '../../client/gateway-client.js';
import { Pass2PayModule } from '../../pass2pay.module.js';
import type { Pass2PayOptions } from '../../pass2pay.options.js';
import { TransferService } from '../../transfers/transfer.service.js';

/** The module's services, in an application of their own. */
export interface OpenGateway {
  readonly client: GatewayClient;
  readonly cashier: CashierService;
  readonly transfers: TransferService;
}

/** Runs the work with the module's services, and closes them. */
export async function withGateway<T>(options: Pass2PayOptions, work: (gateway: OpenGateway) => Promise<T>): Promise<T> {
  const app = await NestFactory.createApplicationContext(Pass2PayModule.forRoot(options), {
    logger: false,
    abortOnError: false,
  });
  try {
    return await work({
      client: app.get(GatewayClient),
      cashier: app.get(CashierService),
      transfers: app.get(TransferService),
    });
  } finally {
    await app.close();
  }
}
