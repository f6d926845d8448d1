import { Pass2PayOrderConflictError } from '../errors/pass2pay.errors.js';
import { gatewayWords } from '../protocol/gateway-words.js';
import { isSameOrderNumber } from '../protocol/order-number.js';

/**
 * Checks that a query's response is not for another order whose number differs only in case or trailing spaces, which
 * the gateway ignores. Source: protocol §10.
 *
 * @throws Pass2PayOrderConflictError when it is.
 */
export function refuseOtherSpelling(asked: string | undefined, found: string): void {
  if (asked === undefined || found === asked || !isSameOrderNumber(found, asked)) return;
  const difference = `its number is ${gatewayWords(found)}, and the gateway ignores case and trailing spaces in numbers`;
  throw new Pass2PayOrderConflictError([difference], { mchOrderNo: asked });
}
