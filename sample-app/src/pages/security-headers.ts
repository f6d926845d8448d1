import type { ConfigService } from '@nestjs/config';
import helmet from 'helmet';
import { publicUrl } from '../public-url.js';

/** A browser takes nothing but the shop's own files, runs no code inside a page, and shows no page inside another. */
export function securityHeaders(config: ConfigService): ReturnType<typeof helmet> {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        // A form may lead on to the gateway's cashier page: browsers follow a redirect only to what stands here.
        formAction: ["'self'", ...cashierOrigins(config)],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: publicUrl(config).startsWith('https:'),
  });
}

/** Where the gateway has its cashier pages: CASHIER_ORIGINS, separated by commas; else where its API is. */
export function cashierOrigins(config: ConfigService): string[] {
  const given = config.get<string>('CASHIER_ORIGINS') || config.getOrThrow<string>('PASS2PAY_BASE_URL');
  return given.split(',').map((url) => new URL(url.trim()).origin);
}
