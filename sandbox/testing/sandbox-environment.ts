/** The data of a sandbox in environment variables. */
interface SandboxAddress {
  baseUrl: string;
  merchants: readonly { mchNo: string; appId: string; secrets: string }[];
  notifyUrl?: string;
  transferNotifyUrl?: string;
}

/**
 * The variables that `pass2payConfig` reads. Alternative variables for apps are empty, so that their values from an
 * `.env` file have no effect.
 */
export function environmentOf({ baseUrl, merchants, notifyUrl = '', transferNotifyUrl = '' }: SandboxAddress) {
  const [only, ...others] = merchants;
  const one = others.length === 0 ? only : undefined;
  return {
    PASS2PAY_BASE_URL: baseUrl,
    PASS2PAY_MCH_NO: one?.mchNo ?? '',
    PASS2PAY_APP_ID: one?.appId ?? '',
    PASS2PAY_SECRET: one?.secrets ?? '',
    PASS2PAY_SECRET_FILE: '',
    PASS2PAY_MERCHANTS: one === undefined ? JSON.stringify(merchants) : '',
    PASS2PAY_MERCHANTS_FILE: '',
    PASS2PAY_NOTIFY_URL: notifyUrl,
    PASS2PAY_TRANSFER_NOTIFY_URL: transferNotifyUrl,
  };
}
