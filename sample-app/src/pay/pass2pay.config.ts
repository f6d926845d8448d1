import type { ConfigService } from '@nestjs/config';
import type { MerchantOrders, Pass2PayOptions } from 'nestjs-pass2pay';
import { publicUrl } from '../public-url.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import { outcomeOptions } from './outcomes.config.js';

/** The module's options from the environment. It checks them itself, and says what is wrong with which. */
export function pass2payOptions(
  config: ConfigService,
  merchantOrders: MerchantOrders,
  redis: RedisConnection,
): Pass2PayOptions {
  return {
    baseUrl: config.getOrThrow<string>('PASS2PAY_BASE_URL'),
    merchants: [
      {
        mchNo: config.getOrThrow<string>('PASS2PAY_MCH_NO'),
        appId: config.getOrThrow<string>('PASS2PAY_APP_ID'),
        // Several, separated by commas, while the secret is rotated: the new one first.
        secrets: config.getOrThrow<string>('PASS2PAY_SECRETS').split(','),
      },
    ],
    notifyUrl: `${publicUrl(config)}/pay/notify`,
    merchantOrders,
    reconcile: reconcileOptions(config),
    ...outcomeOptions(config, redis),
  };
}

/** What the environment says; the module has a default for the rest. */
function reconcileOptions(config: ConfigService): Pass2PayOptions['reconcile'] {
  const names = { afterMs: 'RECONCILE_AFTER_MS', everyMs: 'RECONCILE_EVERY_MS', perMinute: 'RECONCILE_PER_MINUTE' };
  const given = Object.entries(names).flatMap(([option, name]) => {
    const text = config.get<string>(name);
    return text ? [[option, Number(text)]] : [];
  });
  return Object.fromEntries(given) as Pass2PayOptions['reconcile'];
}
