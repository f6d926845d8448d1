import { parameterNames, paramsToSend, validateParams, validParams } from '../validation/validate.js';
import { Pass2PayValidationError, type ValidationIssue } from '../errors/pass2pay.errors.js';
import type { ResolvedClientOptions } from '../client/client.options.js';
import type { ResolvedPaymentsOptions } from './payments.options.js';
import type { CashierOrderParams } from './cashier-order-params.dto.js';
import { CheckoutDto } from './checkout.dto.js';
import { CreateCashierOrderDto } from './create-cashier-order.dto.js';

/** A normalised cashier order: times are numbers, channel parameters are text, the currency is set. */
export type ValidCashierOrder<Dto extends CashierOrderParams = CreateCashierOrderDto> = Dto & {
  currency: string;
  registerTime: number;
  channelExtra?: string;
};

type Options = Pick<ResolvedClientOptions, 'currency'> & Pick<ResolvedPaymentsOptions, 'allowReservedFields'>;

/**
 * Validates and normalises a cashier order.
 *
 * @param type the class that declares its fields
 * @throws Pass2PayValidationError with every issue.
 */
export function validateCashierOrder<Dto extends CashierOrderParams = CreateCashierOrderDto>(
  order: unknown,
  options: Options,
  type: new () => Dto = CreateCashierOrderDto as new () => CashierOrderParams as new () => Dto,
): ValidCashierOrder<Dto> {
  const params = validParams(type, order, (given) => reservedIssues(given, options));
  params.currency ??= options.currency;
  return params as ValidCashierOrder<Dto>;
}

/** @throws Pass2PayValidationError with every issue. */
export function cashierOrderToSend(order: unknown, options: Options): ValidCashierOrder {
  return paramsToSend(CreateCashierOrderDto, order, (type) => validateCashierOrder(order, options, type));
}

/** @throws Pass2PayValidationError with every issue. */
export function checkoutToSend(order: unknown, options: Options): ValidCashierOrder<CheckoutDto> {
  return paramsToSend(CheckoutDto, order, (type) => validateCashierOrder(order, options, type));
}

/**
 * Validates and normalises the fields of a cashier order that a payer may set. No field is required.
 *
 * @param allow the fields that may be given
 * @throws Pass2PayValidationError with every issue.
 */
export function validatePayerFields<Dto extends CashierOrderParams>(
  order: unknown,
  allow: readonly string[],
  options: Options,
  type: new () => Dto,
): Dto {
  const { params, issues } = validateParams(type, order);
  const known = parameterNames(type);
  const isForbidden = (field: string) => known.has(field) && !allow.includes(field);
  const given = Object.entries(order ?? {}).flatMap(([field, value]) => (value === undefined ? [] : [field]));
  const all = [
    ...issues.filter(({ field }) => isGiven(field, given) && !isForbidden(field)),
    ...given.filter(isForbidden).map(forbiddenIssue),
    ...reservedIssues(params, options).filter(({ field }) => !isForbidden(field)),
  ];
  if (all.length > 0) throw new Pass2PayValidationError(all);
  return params;
}

/** An issue of the whole body has an empty field. */
function isGiven(field: string, given: readonly string[]): boolean {
  return field === '' || given.includes(field);
}

function forbiddenIssue(field: string): ValidationIssue {
  return { field, message: `${field} cannot be set by the payer; leave it out, or list it in the pipe's allow` };
}

function reservedIssues(order: CashierOrderParams, { allowReservedFields }: Options): ValidationIssue[] {
  if (allowReservedFields) return [];
  const given = (['subject', 'body'] as const).filter((field) => order[field] !== undefined);
  return given.map((field) => ({
    field,
    message: `${field} is reserved by the gateway and should not be sent; leave it out, or set allowReservedFields in the module's options`,
  }));
}
