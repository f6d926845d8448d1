import { ApiRoute, type ResponseDescriptions } from '../openapi/decorators.js';
import { reference, type Schema } from '../openapi/schema.js';
import { PaymentNotification } from '../payments/payment-notification.js';
import { TransferNotification } from '../transfers/transfer-notification.js';

const TYPES = { payment: PaymentNotification, transfer: TransferNotification } as const;

/** `sign` is not part of the notification, because it has already been verified. */
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
    description: 'Accepted; the gateway stops sending it. Exactly these bytes.',
    content: { 'text/plain': { schema: { type: 'string', enum: ['success'] }, example: 'success' } },
  },
  401: {
    description: 'Refused: not a notify with a valid signature of a configured merchant.',
    content: { 'application/json': { schema: ERROR } },
  },
  413: {
    description: 'Refused: too many bytes or parameters.',
    content: { 'application/json': { schema: ERROR } },
  },
  500: {
    description: 'A handler failed; the gateway will send the notify again.',
    content: { 'application/json': { schema: ERROR } },
  },
  503: {
    description: 'It cannot be confirmed or processed now; the gateway will send it again.',
    content: { 'application/json': { schema: ERROR } },
  },
};

/** The OpenAPI description of a notify route. */
export function DescribedNotify(kind: 'payment' | 'transfer'): MethodDecorator {
  return ApiRoute({
    summary: `Receives ${kind} notifies of the Pass2Pay gateway`,
    description:
      'Called only by the gateway, up to six times until the response is `success`. In a form all fields are strings; in JSON they are strings or numbers. Fields without a value may be empty, and the gateway may add fields without notice.',
    body: {
      mediaTypes: ['application/x-www-form-urlencoded', 'application/json'],
      schema: { allOf: [reference(TYPES[kind]), SIGNED] },
    },
    responses: RESPONSES,
    models: [TYPES[kind]],
  });
}
