import { applyDecorators, UseFilters } from '@nestjs/common';
import { ApiResponses, type ResponseDescription } from '../openapi/decorators.js';
import { Pass2PayErrorResponse } from './pass2pay-error-response.dto.js';
import { Pass2PayExceptionFilter } from './pass2pay-exception.filter.js';

/**
 * On a controller or a method: has `Pass2PayExceptionFilter` answer the module's errors, and an OpenAPI document of the
 * application list these answers.
 */
export function CatchPass2PayErrors(): ClassDecorator & MethodDecorator {
  return applyDecorators(
    UseFilters(Pass2PayExceptionFilter),
    ApiResponses({
      202: response('It is not known yet whether the order was made: poll it, or repeat the request.'),
      400: response('Fields are missing or wrong; `message` has a sentence for each.'),
      409: response('The order number is taken by another order, or the key of a checkout is paid.'),
      502: response('The gateway refused the request, or gave no usable answer.'),
      503: {
        ...response('The gateway cannot take requests now.'),
        headers: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } } },
      },
      504: response('The gateway did not answer in time.'),
    }),
  );
}

function response(description: string): ResponseDescription {
  return { description, type: Pass2PayErrorResponse };
}
