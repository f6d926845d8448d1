import { inspect } from 'node:util';
import { Rule, required, type Check } from '../validation/rule.js';

const MIN_SECRET_LENGTH = 16;

/** Maximum lengths of mchNo and appId. Source: protocol §8. */
const MAX_MCH_NO = 30;
const MAX_APP_ID = 24;

/** One app of one merchant, as shown on the gateway's management page. */
export class Merchant {
  /** The merchant's number, such as `M1621873433953`. */
  @Rule(required('the merchant number from the management page', identifier(MAX_MCH_NO)))
  mchNo!: string;

  /** The app's id, such as `60cc09bce4b0f1c0b83761c9`. */
  @Rule(required('the app id from the management page', identifier(MAX_APP_ID)))
  appId!: string;

  /** The app's secret, or several while it is rotated: the first signs, all verify. Each has at least 16 characters. */
  @Rule(required("the app's secret from the management page, or an array of all live secrets", secrets))
  secrets!: string | readonly string[];

  /** Omits the secrets, so that they do not appear in logs. */
  toJSON(): Required<MerchantRef> {
    return { mchNo: this.mchNo, appId: this.appId };
  }

  /** Same as `toJSON`, for console.log and similar. */
  [inspect.custom](): Required<MerchantRef> {
    return this.toJSON();
  }
}

/** A merchant's app in the options, as a plain object. */
export type MerchantOptions = Pick<Merchant, 'mchNo' | 'appId' | 'secrets'>;

/** Reference to a merchant's app; `mchNo` may be left out if the app's id is unique. */
export interface MerchantRef {
  mchNo?: string;
  appId: string;
}

/** Whether these are valid numbers of an app; untrusted senders can send anything. */
export function canBeMerchant({ mchNo, appId }: MerchantRef): boolean {
  return isIdentifier(appId, MAX_APP_ID) && (mchNo === undefined || isIdentifier(mchNo, MAX_MCH_NO));
}

/** The app's live secrets; the first signs. */
export function secretsOf(merchant: MerchantOptions): readonly string[] {
  return typeof merchant.secrets === 'string' ? [merchant.secrets] : merchant.secrets;
}

function identifier(max: number): Check {
  return (value) =>
    isIdentifier(value, max)
      ? undefined
      : `must be a string of up to ${max} letters and digits, as shown on the management page`;
}

function isIdentifier(value: unknown, max: number): boolean {
  return typeof value === 'string' && value.length <= max && /^[\w-]+$/.test(value);
}

/** Never includes a secret or a part of one. */
function secrets(value: unknown): string | undefined {
  const given: unknown[] = Array.isArray(value) ? value : [value];
  if (given.length === 0) return 'is empty; pass at least one secret';
  for (const secret of given) {
    if (typeof secret !== 'string') return 'must be a string, or an array of strings';
    if (secret.length < MIN_SECRET_LENGTH) {
      return `contains a secret of ${secret.length} characters; an app's secret has at least ${MIN_SECRET_LENGTH}`;
    }
    if (secret !== secret.trim()) {
      return 'contains a secret with leading or trailing white space; check how it is read from its file or variable';
    }
  }
  return new Set(given).size < given.length ? 'contains the same secret twice; list each secret once' : undefined;
}
