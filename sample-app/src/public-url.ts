import type { ConfigService } from '@nestjs/config';

/** Where customers and the gateway reach the shop, without a slash at the end. */
export function publicUrl(config: ConfigService): string {
  const url = config.get<string>('PUBLIC_URL') ?? `http://127.0.0.1:${config.getOrThrow<string>('PORT')}`;
  return url.replace(/\/+$/, '');
}
