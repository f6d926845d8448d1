import { randomBytes } from 'node:crypto';
import { explain, ORDER_NOT_FOUND } from 'nestjs-pass2pay/protocol';
import {
  type MerchantOptions,
  Pass2PayApiError,
  Pass2PayError,
  type Pass2PayOptions,
  secretsOf,
} from 'nestjs-pass2pay/client';
import { withGateway } from '../gateway/open-gateway.js';
import { CheckWriter, type Check } from './check.js';

/** The gateway's verdict on a secret. */
type Opinion = { kind: 'right' | 'wrong' } | { kind: 'refused' | 'no-response'; words: string; remedy: string };

const WRONG_SECRET = /^(验签失败|通信秘钥错误)/;

/**
 * Checks whether the gateway accepts an app's secrets, with queries for an order that cannot exist, which change
 * nothing.
 */
export async function checkSecrets(options: Pass2PayOptions, merchant: MerchantOptions): Promise<Check> {
  const { mchNo, appId } = merchant;
  const writer = new CheckWriter('secret', `Secret of app ${appId}`);
  const secrets = secretsOf(merchant);
  const opinions: Opinion[] = [];
  for (const secret of secrets) {
    opinions.push(await opinionOn(secret, { ...options, retries: 0, merchants: [{ mchNo, appId, secrets: secret }] }));
  }
  const [first, ...others] = opinions;
  const details = { mchNo, appId, secrets: opinions.map(({ kind }) => kind) };
  if (first?.kind === 'refused' || first?.kind === 'no-response')
    return writer.fail(first.words, first.remedy, details);
  if (first?.kind === 'wrong') {
    const better = others.findIndex(({ kind }) => kind === 'right');
    if (better !== -1) {
      const number = better + 2;
      return writer.fail(
        `The gateway refuses the first secret, which signs, but accepts number ${number}`,
        `Move number ${number} to the first place.`,
        details,
      );
    }
    const which = secrets.length === 1 ? 'the secret' : 'each of the secrets';
    return writer.fail(`The gateway refuses ${which} (验签失败)`, explain('验签失败').explanation, details);
  }
  const old = others.flatMap(({ kind }, index) => (kind === 'right' ? [] : [index + 2]));
  if (old.length === 0) return writer.pass('The gateway accepts it: it reports the queried order as unknown', details);
  return writer.warn(
    `The gateway accepts the first secret, but not number ${old.join(', ')}`,
    'Remove old secrets when no notify signed with them can arrive any more.',
    details,
  );
}

async function opinionOn(secret: string, options: Pass2PayOptions): Promise<Opinion> {
  const mchOrderNo = `pass2pay-doctor-${randomBytes(12).toString('hex')}`;
  try {
    await withGateway({ ...options }, ({ gateway }) => gateway.call('query', { mchOrderNo }));
    // A signed response to a query with an unknown order number.
    return { kind: 'right' };
  } catch (error) {
    if (!(error instanceof Pass2PayError)) throw error;
    if (!(error instanceof Pass2PayApiError)) {
      return { kind: 'no-response', words: error.message.replaceAll(secret, '***'), remedy: 'See the checks above.' };
    }
    const { gatewayMessage: words } = error;
    if (ORDER_NOT_FOUND.test(words)) return { kind: 'right' };
    if (WRONG_SECRET.test(words)) return { kind: 'wrong' };
    return { kind: 'refused', words: `The gateway refuses the query: ${words}`, remedy: error.explanation };
  }
}
