import { paramsToSend } from '../validation/validate.js';
import { CreateTransferDto } from './create-transfer.dto.js';

/** @throws Pass2PayValidationError with every issue. */
export function validateTransfer(transfer: unknown): CreateTransferDto {
  return paramsToSend(CreateTransferDto, transfer);
}
