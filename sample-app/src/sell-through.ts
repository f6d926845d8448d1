import { Pass2PaySandbox } from 'pass2pay-sandbox';

/** Makes the sandbox's merchant and address the shop's, in the environment of this process. */
export function sellThrough(sandbox: Pass2PaySandbox, port: number): string {
  const [merchant] = sandbox.merchants;
  if (merchant === undefined) throw new Error('The sandbox has no merchant.');
  const url = `http://127.0.0.1:${port}`;
  Object.assign(process.env, {
    PORT: String(port),
    PUBLIC_URL: url,
    PASS2PAY_BASE_URL: sandbox.url,
    PASS2PAY_MCH_NO: merchant.mchNo,
    PASS2PAY_APP_ID: merchant.appId,
    PASS2PAY_SECRETS: merchant.secret,
  });
  return url;
}
