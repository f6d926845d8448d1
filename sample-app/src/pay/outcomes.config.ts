import type { ConfigService } from '@nestjs/config';
import type { Pass2PayOptions } from 'nestjs-pass2pay';
import { BullMqOutcomeQueue } from 'nestjs-pass2pay/bullmq';
import { RedisInbox } from 'nestjs-pass2pay/redis';
import type { RedisConnection } from '../redis/redis-connection.js';
import { redisPrefix } from '../redis/redis-prefix.js';

/**
 * Where outcomes are remembered, and when they are handled. Without REDIS_URL: in this process, before a notify is
 * acknowledged. With it, any number of processes share the work; SHOP_MODE says whether a notify is acknowledged when
 * its outcome is handled (`inline`) or when it is kept in a queue (`queue`, the default then).
 */
export function outcomeOptions(
  config: ConfigService,
  { url, client }: RedisConnection,
): Pick<Pass2PayOptions, 'inbox' | 'outcomeQueue'> {
  const mode = config.get<string>('SHOP_MODE') || (client ? 'queue' : 'inline');
  if (mode !== 'inline' && mode !== 'queue') throw new Error(`SHOP_MODE must be inline or queue, not ${mode}.`);
  if (client === undefined) {
    if (mode === 'queue') throw new Error('SHOP_MODE=queue needs a Redis: say in REDIS_URL where it is.');
    return {};
  }
  const prefix = redisPrefix(config);
  const inbox = new RedisInbox({ client, prefix: `${prefix}:outcome:` });
  if (mode === 'inline') return { inbox };
  return { inbox, outcomeQueue: new BullMqOutcomeQueue({ connection: { url }, prefix }) };
}
