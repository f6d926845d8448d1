import { validateParams } from '../fields/validate.js';
import { Pass2PayValidationError } from '../pass2pay.errors.js';
import type { ResolvedOptions } from '../pass2pay.options.js';
import { CreateCashierOrderDto } from './create-cashier-order.dto.js';

/** A cashier order in its normal form: times are numbers, channel parameters are text, the currency is set. */
export type ValidCashierOrder = CreateCashierOrderDto & {
  currency: string;
  registerTime: number;
  channelExtra?: string;
};

/**
 * Checks a cashier order and brings it into its normal form.
 *
 * @throws Pass2PayValidationError with every fault.
 */
export function validateCashierOrder(
  order: unknown,
  options: Pick<ResolvedOptions, 'currency' | 'allowReservedFields'>,
): ValidCashierOrder {
  const { params, faults } = validateParams(CreateCashierOrderDto, order);
  if (!options.allowReservedFields) {
    for (const field of ['subject', 'body'] as const) {
      if (params[field] === undefined) continue;
      faults.push({
        field,
        message: `${field} is reserved by the gateway, which asks not to send it; leave it out, or set allowReservedFields in the module's options`,
      });
    }
  }
  if (faults.length > 0) {
    const { mchOrderNo } = params;
    throw new Pass2PayValidationError(faults, typeof mchOrderNo === 'string' ? { mchOrderNo } : {});
  }
  params.currency ??= options.currency;
  return params as ValidCashierOrder;
}
