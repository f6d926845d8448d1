import type { ConfigService } from '@nestjs/config';
import type { Pass2PayOptions } from 'nestjs-pass2pay';
import { publicUrl } from '../public-url.js';

/** The module's options from the environment. It checks them itself, and says what is wrong with which. */
export function pass2payOptions(config: ConfigService): Pass2PayOptions {
  return {
    baseUrl: config.getOrThrow<string>('PASS2PAY_URL'),
    merchants: [
      {
        mchNo: config.getOrThrow<string>('PASS2PAY_MCH_NO'),
        appId: config.getOrThrow<string>('PASS2PAY_APP_ID'),
        // Several, separated by commas, while the secret is rotated: the new one first.
        secrets: config.getOrThrow<string>('PASS2PAY_SECRETS').split(','),
      },
    ],
    notifyUrl: `${publicUrl(config)}/pay/notify`,
  };
}
