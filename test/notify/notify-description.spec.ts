import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { DescribedNotify } from '../../lib/notify/notify-description.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { TransferNotification } from '../../lib/transfers/transfer-notification.js';

/** What @nestjs/swagger reads of a described method. */
function descriptionOf(kind: 'payment' | 'transfer') {
  const value = () => {};
  DescribedNotify(kind)({}, 'receive', { value });
  const read = (key: string) => Reflect.getMetadata(`swagger/${key}`, value) as unknown;
  return {
    operation: read('apiOperation') as { summary: string; description: string },
    parameters: read('apiParameters'),
    consumes: read('apiConsumes'),
    responses: read('apiResponse') as Record<string, { description: string; content: Record<string, unknown> }>,
    models: read('apiExtraModels'),
  };
}

describe.each([
  ['payment', PaymentNotification],
  ['transfer', TransferNotification],
] as const)('the description of a route for %s notifies', (kind, type) => {
  it('says who calls it, and how often', () => {
    const { summary, description } = descriptionOf(kind).operation;
    expect(summary).toBe(`Receives ${kind} notifies of the Pass2Pay gateway`);
    expect(description).toContain('Called only by the gateway, up to six times until the response is `success`.');
  });

  it('accepts the signed notification as a form or as JSON', () => {
    const { consumes, parameters, models } = descriptionOf(kind);
    expect(consumes).toStrictEqual(['application/x-www-form-urlencoded', 'application/json']);
    expect(parameters).toMatchObject([
      {
        in: 'body',
        schema: {
          allOf: [
            { $ref: `#/components/schemas/${type.name}` },
            { properties: { sign: { pattern: '^[0-9A-Fa-f]{32}$' } }, required: ['sign'] },
          ],
        },
      },
    ]);
    expect(models).toStrictEqual([type]);
  });

  it('lists each response with what the gateway or a stranger gets', () => {
    const { responses } = descriptionOf(kind);
    expect(Object.keys(responses)).toStrictEqual(['200', '401', '413', '500', '503']);
    expect(responses[200]!.content).toMatchObject({ 'text/plain': { schema: { enum: ['success'] } } });
    for (const status of [401, 413, 500, 503]) {
      expect(Object.keys(responses[status]!.content)).toStrictEqual(['application/json']);
    }
  });
});
