import type { ConfigService } from '@nestjs/config';
import type { Pass2PayOptions } from 'nestjs-pass2pay';
import { ensureSchema } from 'nestjs-pass2pay/database';
import { typeOrmDatabase } from 'nestjs-pass2pay/database/typeorm';
import type { DataSource } from 'typeorm';
import { isProduction } from './database.config.js';
import { publicUrl } from './public-url.js';

export const NOTIFY_PATH = 'pay/notify';

/** The module's options: what PASS2PAY_… say in the environment, and the shop's own database. */
export async function pass2payOptions(
  environment: Pass2PayOptions,
  config: ConfigService,
  dataSource: DataSource,
): Promise<Pass2PayOptions> {
  const database = typeOrmDatabase(dataSource);
  if (!isProduction(config)) await ensureSchema(database);
  // The gateway's operator may give money back, and no notify tells it.
  const reconcile = { recheckPaidDays: 30, ...environment.reconcile };
  return { ...environment, notifyUrl: `${publicUrl(config)}/${NOTIFY_PATH}`, reconcile, database };
}
