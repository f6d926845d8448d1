import { Controller, Get, Param, UseFilters } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Pass2PayApiError,
  Pass2PayCircuitOpenError,
  Pass2PayConfigError,
  Pass2PayConnectionError,
  Pass2PayCustomerLimitError,
  Pass2PayMerchantError,
  Pass2PayMerchantOrdersError,
  Pass2PayOrderConflictError,
  Pass2PayOutcomeUnknownError,
  Pass2PayRateLimitError,
  Pass2PaySignatureError,
  Pass2PayTimeoutError,
  Pass2PayValidationError,
  type Pass2PayError,
} from '../../lib/errors/pass2pay.errors.js';
import { graphql, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { Pass2PayExceptionFilter } from '../../lib/nest/pass2pay-exception.filter.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';

const about = { mchOrderNo: 'O1', traceId: 't1' };
const issue = { field: 'custNo', message: 'custNo is required: your unique customer number' };

/** Words of the gateway that repeat what a payer gave. */
const WORDS = '姓名王五与身份证号110101199003074477不符';

const ERRORS: Record<string, { error: Pass2PayError; status: number; retryAfter?: string; message: unknown }> = {
  validation: { error: new Pass2PayValidationError([issue], about), status: 400, message: [issue.message] },
  conflict: {
    error: new Pass2PayOrderConflictError(['amount is 100, not 200'], about),
    status: 409,
    message: expect.stringContaining('use a new one'),
  },
  customerLimit: {
    error: new Pass2PayCustomerLimitError(new Date(0), about),
    status: 429,
    retryAfter: '1',
    message: expect.stringContaining('order again later'),
  },
  unknown: {
    error: new Pass2PayOutcomeUnknownError(about),
    status: 202,
    message: expect.stringMatching(/not yet known.*Poll it/),
  },
  rateLimit: {
    error: new Pass2PayRateLimitError(1500, 'gateway', about),
    status: 503,
    retryAfter: '2',
    message: expect.stringContaining('try again later'),
  },
  rateLimitOfUnknownLength: {
    error: new Pass2PayRateLimitError(undefined, 'options', about),
    status: 503,
    retryAfter: '60',
    message: expect.any(String),
  },
  circuit: {
    error: new Pass2PayCircuitOpenError(10_000, about),
    status: 503,
    retryAfter: '10',
    message: expect.any(String),
  },
  refused: {
    error: new Pass2PayApiError(9999, WORDS, 'An explanation in English.', about),
    status: 502,
    message: 'An explanation in English.',
  },
  signature: { error: new Pass2PaySignatureError('wrong', about), status: 502, message: expect.any(String) },
  badResponse: {
    error: new Pass2PayConnectionError('PASS2PAY_BAD_RESPONSE', 'HTML', { ...about, requestSent: true }),
    status: 502,
    message: expect.any(String),
  },
  timeout: { error: new Pass2PayTimeoutError(10_000, about), status: 504, message: expect.any(String) },
  merchant: { error: new Pass2PayMerchantError('database', about), status: 503, message: expect.any(String) },
  merchantOrders: {
    error: new Pass2PayMerchantOrdersError('database', about),
    status: 503,
    message: expect.any(String),
  },
  config: { error: new Pass2PayConfigError([issue]), status: 500, message: expect.any(String) },
};

@Controller()
@UseFilters(Pass2PayExceptionFilter)
class ThrowingController {
  @Get(':name') fail(@Param('name') name: string) {
    throw ERRORS[name]!.error;
  }
}

describe.each(PLATFORMS)('the exception filter on %s', (platform) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await startApp({ controllers: [ThrowingController] }, { platform });
  });
  afterAll(() => running.app.close());

  it.each(Object.entries(ERRORS))('%s', async (name, { error, status, retryAfter, message }) => {
    const response = await fetch(`${running.url}/${name}`);
    const body = await response.text();
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe(retryAfter ?? null);
    const isAboutAnOrder = !(error instanceof Pass2PayConfigError);
    expect(JSON.parse(body)).toEqual({
      statusCode: status,
      code: error.code,
      message,
      retryable: error.retryable,
      ...(isAboutAnOrder && about),
    });
    // Neither the gateway's words nor another order's amount are for the caller.
    expect(body).not.toMatch(/王五|110101199003074477|amount is 100/);
  });
});

describe('the exception filter where no HTTP request failed', () => {
  const filter = new Pass2PayExceptionFilter(new HttpAdapterHost());
  const { error } = ERRORS.conflict!;

  it('tells the client of a WebSocket by the event that Nest’s own filter sends', () => {
    const events: unknown[] = [];
    const context = new ExecutionContextHost([{ emit: (...event: unknown[]) => events.push(event) }, {}]);
    context.setType('ws');
    expect(filter.catch(error, context)).toBeUndefined();
    const body = { statusCode: 409, code: 'PASS2PAY_ORDER_CONFLICT', message: expect.any(String), retryable: false };
    expect(events).toEqual([['exception', { ...body, ...about }]]);
  });

  it.each(Object.entries(ERRORS))(
    'D5: %s has its code in the answer of a GraphQL server',
    async (_name, { error: thrown, status }) => {
      const context = new ExecutionContextHost([]);
      context.setType('graphql');
      const query = new GraphQLObjectType({
        name: 'Query',
        // As Nest's own handler of exceptions, it gives back what a filter returns.
        fields: { order: { type: GraphQLString, resolve: () => filter.catch(thrown, context) } },
      });
      const { data, errors } = await graphql({ schema: new GraphQLSchema({ query }), source: '{ order }' });
      expect(data).toEqual({ order: null });
      const answer = JSON.stringify(errors);
      expect(JSON.parse(answer)).toMatchObject([
        { extensions: { statusCode: status, code: thrown.code, retryable: thrown.retryable } },
      ]);
      expect(errors![0]!.message).not.toBe('');
      expect(answer).not.toMatch(/王五|110101199003074477|amount is 100/);
    },
  );
});
