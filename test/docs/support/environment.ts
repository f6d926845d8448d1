import { DEFAULT_MERCHANT } from '../../../sandbox/index.js';
import { TELLS_PORT } from './processes.js';

/** The sandbox's own merchant, as programs and commands read it from the environment. */
export const MERCHANT_ENV = {
  PASS2PAY_MCH_NO: DEFAULT_MERCHANT.mchNo,
  PASS2PAY_APP_ID: DEFAULT_MERCHANT.appId,
  PASS2PAY_SECRET: DEFAULT_MERCHANT.secret,
};

/** The environment of an application that tells its port; see `portOf`. */
export function applicationEnv(gatewayUrl: string, ownUrl: string): Record<string, string> {
  return {
    PASS2PAY_BASE_URL: gatewayUrl,
    ...MERCHANT_ENV,
    PASS2PAY_NOTIFY_URL: `${ownUrl}/pay/notify`,
    PORT: '0',
    ...TELLS_PORT,
  };
}
