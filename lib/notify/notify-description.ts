import { ApiRoute, type ResponseDescriptions } from '../openapi/decorators.js';
import { reference, type Schema } from '../openapi/schema.js';
import { PaymentNotification } from '../payments/payment-notification.js';
import { TransferNotification } from '../transfers/transfer-notification.js';

const TYPES = { payment: PaymentNotification, transfer: TransferNotification } as const;

/** `sign` is not in the notification: it has done its work when a handler sees one. */
const SIGNED: Schema = {
  type: 'object',
  properties: {
    sign: {
      type: 'string',
      pattern: '^[0-9A-Fa-f]{32}$',
      description: 'The MD5 signature over the other fields and the app’s secret.',
      example: 'C380BEC2BFD727A4B6845133519F3AD6',
    },
  },
  required: ['sign'],
};

const ERROR: Schema = {
  type: 'object',
  properties: {
    statusCode: { type: 'integer' },
    message: { type: 'string' },
    error: { type: 'string' },
  },
};

const RESPONSES: ResponseDescriptions = {
  200: {
    description: 'Taken: the gateway sends it no more. Exactly these bytes.',
    content: { 'text/plain': { schema: { type: 'string', enum: ['success'] }, example: 'success' } },
  },
  401: {
    description: 'Refused: it is no notify with a valid signature of a configured merchant.',
    content: { 'application/json': { schema: ERROR } },
  },
  413: {
    description: 'Refused: it has more bytes or parameters than a notify.',
    content: { 'application/json': { schema: ERROR } },
  },
  500: {
    description: 'A handler failed; the gateway sends the notify again.',
    content: { 'application/json': { schema: ERROR } },
  },
  503: {
    description: 'It cannot be confirmed or handled now; the gateway sends it again.',
    content: { 'application/json': { schema: ERROR } },
  },
};

/** What an OpenAPI document says about a notify route. */
export function DescribedNotify(kind: 'payment' | 'transfer'): MethodDecorator {
  return ApiRoute({
    summary: `Receives ${kind} notifies of the Pass2Pay gateway`,
    description:
      'Called by the gateway only, up to six times until it is answered with `success`. In a form all fields are text; in JSON they are text or numbers. Those without a value may be empty, and other fields may come without notice.',
    body: {
      mediaTypes: ['application/x-www-form-urlencoded', 'application/json'],
      schema: { allOf: [reference(TYPES[kind]), SIGNED] },
    },
    responses: RESPONSES,
    models: [TYPES[kind]],
  });
}
