import { paramsToSend } from '../validation/validate.js';
import { CreateCryptoOrderDto } from './create-crypto-order.dto.js';
import { CreatePaymentOrderDto } from './create-payment-order.dto.js';

/** @throws Pass2PayValidationError with every issue. */
export function validatePaymentOrder(order: unknown): CreatePaymentOrderDto {
  return paramsToSend(CreatePaymentOrderDto, order);
}

/** @throws Pass2PayValidationError with every issue. */
export function validateCryptoOrder(order: unknown): CreateCryptoOrderDto {
  return paramsToSend(CreateCryptoOrderDto, order);
}
