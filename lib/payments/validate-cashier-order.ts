import { validParams } from '../validation/validate.js';
import type { ValidationIssue } from '../errors/pass2pay.errors.js';
import type { ResolvedClientOptions } from '../client/client.options.js';
import type { ResolvedPaymentsOptions } from './payments.options.js';
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
 * @throws Pass2PayValidationError with every issue.
 */
export function validateCashierOrder(
  order: unknown,
  options: Pick<ResolvedClientOptions, 'currency'> & Pick<ResolvedPaymentsOptions, 'allowReservedFields'>,
): ValidCashierOrder {
  const params = validParams(CreateCashierOrderDto, order, (given) =>
    options.allowReservedFields ? [] : reservedIssues(given),
  );
  params.currency ??= options.currency;
  return params as ValidCashierOrder;
}

function reservedIssues(order: CreateCashierOrderDto): ValidationIssue[] {
  const given = (['subject', 'body'] as const).filter((field) => order[field] !== undefined);
  return given.map((field) => ({
    field,
    message: `${field} is reserved by the gateway, which asks not to send it; leave it out, or set allowReservedFields in the module's options`,
  }));
}
