import type { ConfigService } from '@nestjs/config';

/** What the names of all that the shop keeps in Redis begin with: shops with one prefix are processes of one shop. */
export function redisPrefix(config: ConfigService): string {
  return config.get<string>('REDIS_PREFIX') || 'pass2pay-shop';
}
