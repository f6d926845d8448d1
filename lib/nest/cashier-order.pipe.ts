import {
  BadRequestException,
  HttpStatus,
  Inject,
  Injectable,
  mixin,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { Pass2PayValidationError } from '../errors/pass2pay.errors.js';
import type { ResolvedClientOptions } from '../client/client.options.js';
import type { ResolvedPaymentsOptions } from '../payments/payments.options.js';
import { getPass2PayToken, RESOLVED_OPTIONS } from '../pass2pay.tokens.js';
import type { CreateCashierOrderDto } from '../payments/create-cashier-order.dto.js';
import { validateCashierOrder } from '../payments/validate-cashier-order.js';

/**
 * Checks a request's body as a cashier order and brings it into its normal form:
 * `create(@Body(CashierOrderPipe) order: CreateCashierOrderDto)`. Answers 400 with every issue.
 *
 * What comes through is as the caller sent it, the amount and the URLs included: take from a payer only what a payer
 * may decide.
 */
@Injectable()
export class CashierOrderPipe implements PipeTransform<unknown, CreateCashierOrderDto> {
  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedClientOptions & ResolvedPaymentsOptions) {}

  /** @throws BadRequestException whose body has every issue in `message`. */
  transform(order: unknown): CreateCashierOrderDto {
    try {
      return validateCashierOrder(order, this.options);
    } catch (error) {
      if (!(error instanceof Pass2PayValidationError)) throw error;
      const { code, retryable, mchOrderNo } = error;
      const message = error.issues.map((issue) => issue.message);
      throw new BadRequestException(
        { statusCode: HttpStatus.BAD_REQUEST, error: 'Bad Request', code, message, retryable, mchOrderNo },
        { cause: error },
      );
    }
  }
}

/** The pipe of a named instance of the module; without a name, `CashierOrderPipe`. */
export function cashierOrderPipe(instance?: string): Type<PipeTransform<unknown, CreateCashierOrderDto>> {
  if (instance === undefined) return CashierOrderPipe;
  @Injectable()
  class NamedCashierOrderPipe implements PipeTransform<unknown, CreateCashierOrderDto> {
    constructor(@Inject(getPass2PayToken(CashierOrderPipe, instance)) private readonly pipe: CashierOrderPipe) {}

    transform(order: unknown): CreateCashierOrderDto {
      return this.pipe.transform(order);
    }
  }
  return mixin(NamedCashierOrderPipe);
}
