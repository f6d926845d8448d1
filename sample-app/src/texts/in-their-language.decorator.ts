import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { textsFor } from './texts-for.js';

/** A handler's argument: the texts in the customer's language. */
export const InTheirLanguage = createParamDecorator((_: unknown, context: ExecutionContext) =>
  textsFor(context.switchToHttp().getRequest<Request>()),
);
