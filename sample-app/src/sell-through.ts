import { Pass2PaySandbox } from 'pass2pay-sandbox';

/** The environment of a shop that sells through the sandbox's merchant, and listens on a port of this machine. */
export interface ShopEnvironment extends Record<string, string> {
  PUBLIC_URL: string;
}

export function sellThrough(sandbox: Pass2PaySandbox, port: number): ShopEnvironment {
  const [merchant] = sandbox.merchants;
  if (merchant === undefined) throw new Error('The sandbox has no merchant.');
  return {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    PASS2PAY_BASE_URL: sandbox.url,
    PASS2PAY_MCH_NO: merchant.mchNo,
    PASS2PAY_APP_ID: merchant.appId,
    PASS2PAY_SECRET: merchant.secret,
  };
}
