import { applyDecorators, UseFilters } from '@nestjs/common';
import { ApiResponses, type ResponseDescription } from '../openapi/decorators.js';
import { Pass2PayErrorResponse } from './pass2pay-error-response.dto.js';
import { Pass2PayExceptionFilter } from './pass2pay-exception.filter.js';

/**
 * For a controller or a method: lets `Pass2PayExceptionFilter` handle the module's errors, and adds its responses to
 * the application's OpenAPI document.
 */
export function CatchPass2PayErrors(): ClassDecorator & MethodDecorator {
  return applyDecorators(
    UseFilters(Pass2PayExceptionFilter),
    ApiResponses({
      202: response('It is not yet known whether the order was created: poll it, or repeat the request.'),
      400: response('Fields are missing or invalid; `message` has an entry for each.'),
      409: response('The order number belongs to another order, or the checkout has already been paid.'),
      502: response('The gateway refused the request, or its response was unusable.'),
      503: {
        ...response('The gateway is unavailable.'),
        headers: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } } },
      },
      504: response('The gateway did not respond in time.'),
    }),
  );
}

function response(description: string): ResponseDescription {
  return { description, type: Pass2PayErrorResponse };
}
