import { HttpStatus, Inject, Injectable, mixin, type PipeTransform, type Type } from '@nestjs/common';
import { Pass2PayValidationError } from '../errors/pass2pay.errors.js';
import type { ResolvedClientOptions } from '../client/client.options.js';
import type { ResolvedPaymentsOptions } from '../payments/payments.options.js';
import { getPass2PayToken, RESOLVED_OPTIONS } from '../pass2pay.tokens.js';
import type { CashierOrderParams } from '../payments/cashier-order-params.dto.js';
import { CreateCashierOrderDto } from '../payments/create-cashier-order.dto.js';
import { validateCashierOrder, validatePayerFields } from '../payments/validate-cashier-order.js';
import { parameterNames } from '../validation/validate.js';

/**
 * Validates and normalises a request body as a cashier order: `create(@Body(CashierOrderPipe) order:
 * CreateCashierOrderDto)`, in a controller, on a message's payload or on a GraphQL argument. It throws a
 * `Pass2PayValidationError` with every issue, which `Pass2PayExceptionFilter` converts to a response; over HTTP, Nest
 * responds with 400 even without the filter.
 *
 * The caller controls all fields, including the amount and the URLs. If the caller is a payer, use `cashierOrderPipe`
 * with `allow`, and take the rest from your own records.
 */
@Injectable()
export class CashierOrderPipe implements PipeTransform<unknown, CreateCashierOrderDto> {
  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedClientOptions & ResolvedPaymentsOptions) {}

  /** @throws Pass2PayValidationError with every issue. */
  transform(order: unknown): CreateCashierOrderDto {
    return this.read(CreateCashierOrderDto, order);
  }

  /**
   * Same as `transform`, for your own class and, with `allow`, for these fields only.
   *
   * @throws Pass2PayValidationError with every issue.
   */
  read<Dto extends CashierOrderParams>(type: Type<Dto>, order: unknown, allow?: readonly string[]): Dto {
    try {
      return allow === undefined
        ? validateCashierOrder(order, this.options, type)
        : validatePayerFields(order, allow, this.options, type);
    } catch (error) {
      throw error instanceof Pass2PayValidationError ? Object.assign(error, ANSWERED_BY_NEST) : error;
    }
  }
}

/**
 * A pipe does not know its caller. Without a filter, Nest responds to HTTP requests based on these members of an error.
 */
const ANSWERED_BY_NEST = { status: HttpStatus.BAD_REQUEST, statusCode: HttpStatus.BAD_REQUEST, expose: true };

/** Options of `cashierOrderPipe`. */
export interface CashierOrderPipeOptions<Field extends string> {
  /**
   * The fields that the payer may set. Any other field in the body is refused, and none is required. Never list amount,
   * custNo, registerTime, notifyUrl and returnUrl: only your server may set them.
   */
  allow?: readonly Field[];
  /** The name of the module's instance whose options apply. */
  instance?: string;
}

/**
 * A pipe for a route that accepts an order from a payer: `@Body(cashierOrderPipe(CreateCashierOrderDto, { allow:
 * ['wayCode'] }))`. The result contains only the allowed fields, normalised.
 *
 * @param type `CreateCashierOrderDto`, `CheckoutDto` or a subclass, with additional fields checked by class-validator's
 * decorators
 * @throws TypeError when `allow` contains a field that the class does not have.
 */
export function cashierOrderPipe<
  Dto extends CashierOrderParams = CreateCashierOrderDto,
  Field extends keyof Dto & string = keyof Dto & string,
>(
  type: Type<Dto> = CreateCashierOrderDto as Type<CashierOrderParams> as Type<Dto>,
  { allow, instance }: CashierOrderPipeOptions<Field> = {},
): Type<PipeTransform<unknown, Pick<Dto, Field>>> {
  const known = parameterNames(type);
  const unknown = allow?.find((field) => !known.has(field));
  if (unknown !== undefined)
    throw new TypeError(`cashierOrderPipe: allow names ${unknown}, which ${type.name} does not have`);

  @Injectable()
  class PayerFieldsPipe implements PipeTransform<unknown, Pick<Dto, Field>> {
    constructor(@Inject(getPass2PayToken(CashierOrderPipe, instance)) private readonly pipe: CashierOrderPipe) {}

    transform(order: unknown): Pick<Dto, Field> {
      return this.pipe.read(type, order, allow);
    }
  }
  return mixin(PayerFieldsPipe);
}
