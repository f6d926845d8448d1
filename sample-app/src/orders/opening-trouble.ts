import {
  Pass2PayApiError,
  Pass2PayOutcomeUnknownError,
  Pass2PayValidationError,
  type Pass2PayError,
} from 'nestjs-pass2pay';
import type { OpeningTrouble } from '../books/shop-order.entity.js';

/** What an error of `createOrder` means for the order: whether the gateway may have it. */
export function openingTrouble(error: Pass2PayError): OpeningTrouble {
  if (error instanceof Pass2PayOutcomeUnknownError) return 'unknown';
  return error instanceof Pass2PayApiError || error instanceof Pass2PayValidationError ? 'refused' : 'unreachable';
}
