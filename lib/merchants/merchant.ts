import { inspect } from 'node:util';
import { Rule, required, type Check } from '../validation/rule.js';

const MIN_SECRET_LENGTH = 16;

/** One app of one merchant, as the gateway's management page shows it. */
export class Merchant {
  /** The merchant's number, such as `M1621873433953`. */
  @Rule(required('the merchant number from the management page', identifier(30)))
  mchNo!: string;

  /** The app's id, such as `60cc09bce4b0f1c0b83761c9`. */
  @Rule(required('the app id from the management page', identifier(24)))
  appId!: string;

  /** The app's secret, or several while it is rotated: the first signs, all verify. Each has at least 16 characters. */
  @Rule(required("the app's secret from the management page, or an array of the live ones", secrets))
  secrets!: string | readonly string[];

  /** Without the secrets, so that no log shows them. */
  toJSON(): Required<MerchantRef> {
    return { mchNo: this.mchNo, appId: this.appId };
  }

  /** As `toJSON`, for console.log and the like. */
  [inspect.custom](): Required<MerchantRef> {
    return this.toJSON();
  }
}

/** A merchant's app as it is configured: a plain object will do. */
export type MerchantOptions = Pick<Merchant, 'mchNo' | 'appId' | 'secrets'>;

/** Names a merchant's app; `mchNo` may be left out where the app's id is enough to find it. */
export interface MerchantRef {
  mchNo?: string;
  appId: string;
}

/** The app's live secrets; the first signs. */
export function secretsOf(merchant: MerchantOptions): readonly string[] {
  return typeof merchant.secrets === 'string' ? [merchant.secrets] : merchant.secrets;
}

function identifier(max: number): Check {
  return (value) =>
    typeof value === 'string' && value.length <= max && /^[\w-]+$/.test(value)
      ? undefined
      : `must be a string of up to ${max} letters and digits, as the management page shows it`;
}

/** Never shows a secret, or a part of one. */
function secrets(value: unknown): string | undefined {
  const given: unknown[] = Array.isArray(value) ? value : [value];
  if (given.length === 0) return 'is empty; give at least one secret';
  for (const secret of given) {
    if (typeof secret !== 'string') return 'must be a string, or an array of strings';
    if (secret.length < MIN_SECRET_LENGTH) {
      return `holds a secret of ${secret.length} characters; an app's secret has at least ${MIN_SECRET_LENGTH}`;
    }
    if (secret !== secret.trim()) {
      return 'holds a secret with white space before or behind it; check how it is read from its file or variable';
    }
  }
  return new Set(given).size < given.length ? 'names the same secret twice; name each once' : undefined;
}
