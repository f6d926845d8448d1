import { readFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import {
  Injectable,
  Module,
  UseFilters,
  type CanActivate,
  type ExecutionContext,
  type INestMicroservice,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { Args, Field, GqlExecutionContext, GraphQLModule, InputType, Mutation, Query, Resolver } from '@nestjs/graphql';
import { ClientProxyFactory, Transport, type ClientProxy, type MicroserviceOptions } from '@nestjs/microservices';
import {
  cashierOrderPipe,
  CashierService,
  CreateCashierOrderDto,
  isPass2PayNotify,
  OrderState,
  Pass2PayExceptionFilter,
  Pass2PayModule,
} from 'nestjs-pass2pay';
import { DEFAULT_MERCHANT } from 'pass2pay-sandbox';
import { Pass2PaySandboxModule } from 'pass2pay-sandbox/nest';
import { startTestSandbox, type TestSandbox } from 'pass2pay-sandbox/testing';
import { firstValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { logged, recordingLogger } from '../support/recording-logger.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';
import { blocksOf, root, RunDocument } from './support/document.js';
import { ORDER, startShop } from './support/shop.js';

interface Answer {
  data: { checkout: string | null } | null;
  errors?: { message: string; extensions: Record<string, unknown> }[];
}

const page = new RunDocument('docs/graphql-and-microservices.md');
const { AppModule, Fulfilment } = await page.load<{ AppModule: Type; Fulfilment: Type<{ paid: string[] }> }>(
  'class CheckoutResolver',
);
const { OrderMessages } = await page.load<{ OrderMessages: Type }>('class OrderMessages');
const BUY = 'mutation { checkout(product: "tea") }';

describe.each(PLATFORMS)('a GraphQL server on %s', (platform) => {
  const before = { ...process.env };
  let running: RunningApp | undefined;
  afterEach(async () => {
    await running?.app.close();
    running = undefined;
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  });

  /** The page's application, and more of an application around it. */
  async function start(
    environment: Record<string, string> = {},
    more: ModuleMetadata = {},
  ): Promise<TestSandbox['gateway']> {
    const sandbox = await startTestSandbox({ notifyPath: '/pay/notify' });
    Object.assign(process.env, sandbox.environment, environment);
    const imports = [AppModule, Pass2PaySandboxModule.register(sandbox)];
    running = await startApp({ ...more, imports }, { platform, rawBody: platform === 'express' });
    return sandbox.gateway;
  }

  async function ask(query: string): Promise<{ answer: Answer; text: string }> {
    const response = await fetch(`${running!.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    const text = await response.text();
    return { answer: JSON.parse(text) as Answer, text };
  }

  it('creates an order by a mutation, which is paid, and handled once', async () => {
    const gateway = await start();
    const { answer } = await ask(BUY);
    expect(answer).toEqual({ data: { checkout: expect.stringContaining(gateway.url) } });
    const { mchOrderNo } = gateway.orders()[0]!;
    expect(gateway.order(mchOrderNo)).toMatchObject({ amount: 10031, state: 0 });
    expect((await fetch(answer.data!.checkout!)).status).toBe(200);

    await gateway.pay(mchOrderNo);
    expect(await gateway.notifySettled(mchOrderNo)).toMatchObject({ acknowledged: true });
    await gateway.resendNotify(mchOrderNo);
    expect(await gateway.notifySettled(mchOrderNo)).toMatchObject({ acknowledged: true });
    expect(running!.app.get(Fulfilment).paid).toEqual([mchOrderNo]);
  });

  it.each([true, false])('tells the client why a creation was refused, without secrets; production: %s', async (is) => {
    const { NODE_ENV } = process.env;
    process.env.NODE_ENV = is ? 'production' : 'development';
    const secret = 'the-secret-of-another-merchant-0123456789';
    const gateway = await start({ PASS2PAY_SECRET: secret }).finally(() => {
      process.env.NODE_ENV = NODE_ENV;
    });
    const { answer, text } = await ask(BUY);
    expect(gateway.orders()).toEqual([]);
    expect(answer.data).toBeNull();
    expect(answer.errors).toMatchObject([
      { extensions: { code: 'PASS2PAY_API', retryable: false, mchOrderNo: expect.any(String) } },
    ]);
    expect(Object.keys(answer.errors![0]!.extensions).includes('stacktrace')).toBe(!is);
    expect(text).not.toContain(secret);
    expect(text).not.toContain(DEFAULT_MERCHANT.secret);
    // A signature, and the gateway's own words.
    expect(text).not.toMatch(/[0-9A-F]{32}|\p{Script=Han}/u);
    expect(logged.join('\n')).not.toContain(secret);
  });

  it('tells the client what no shop sells', async () => {
    const gateway = await start();
    const { answer } = await ask('mutation { checkout(product: "gold") }');
    expect(answer).toMatchObject({ data: null, errors: [{ message: 'No product gold' }] });
    expect((await ask('{ products }')).answer).toEqual({ data: { products: ['tea'] } });
    expect(gateway.orders()).toEqual([]);
  });

  it('has global guards that the built-in route does not reach', async () => {
    const seen: unknown[] = [];
    @Injectable()
    class Guard implements CanActivate {
      canActivate(context: ExecutionContext) {
        const { req } = GqlExecutionContext.create(context).getContext<{ req: { headers: object } }>();
        seen.push([context.getType<string>(), isPass2PayNotify(context), 'content-type' in req.headers]);
        return true;
      }
    }
    const gateway = await start({}, { providers: [{ provide: APP_GUARD, useClass: Guard }] });
    await ask(BUY);
    const { mchOrderNo } = gateway.orders()[0]!;
    await gateway.pay(mchOrderNo);
    expect(await gateway.notifySettled(mchOrderNo)).toMatchObject({ acknowledged: true });
    expect(seen).toEqual([['graphql', false, true]]);
  });

  it('has the pipe on an argument', async () => {
    @InputType()
    class Choice {
      @Field(() => String, { nullable: true })
      wayCode?: string;

      @Field(() => Number, { nullable: true })
      amount?: number;
    }
    @Resolver()
    @UseFilters(Pass2PayExceptionFilter)
    class Choices {
      @Query(() => String)
      products() {
        return 'tea';
      }

      @Mutation(() => String)
      checkout(@Args('order', cashierOrderPipe(CreateCashierOrderDto, { allow: ['wayCode'] })) order: Choice) {
        return JSON.stringify(order);
      }
    }
    const sandbox = await startTestSandbox();
    const imports = [
      GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true }),
      Pass2PayModule.forRoot({ ...sandbox.options, isGlobal: true }),
      Pass2PaySandboxModule.register(sandbox),
    ];
    running = await startApp({ imports, providers: [Choices] }, { platform });
    const choose = async (order: string) => (await ask(`mutation { checkout(order: ${order}) }`)).answer;
    expect(await choose('{ wayCode: "ALI_WAP" }')).toEqual({ data: { checkout: '{"wayCode":"ALI_WAP"}' } });
    expect(await choose('{ amount: 1 }')).toMatchObject({
      errors: [{ message: expect.stringContaining('amount'), extensions: { code: 'PASS2PAY_VALIDATION' } }],
    });
  });
});

it('installs what its code imports', () => {
  const installed = page.take('npm i ').trim().split(' ');
  const code = blocksOf('docs/graphql-and-microservices.md').find((block) =>
    block.code.includes('GraphQLModule'),
  )!.code;
  const imports = Array.from(code.matchAll(/ from '(@nestjs\/(?:graphql|apollo))/g), ([, name]) => name);
  expect(imports).toHaveLength(2);
  expect(installed).toEqual(expect.arrayContaining(imports));
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const major = (name: string) => /^\^(\d+)/.exec(devDependencies[name]!)![1];
  expect([major('graphql'), major('@nestjs/graphql'), major('@nestjs/apollo')]).toEqual(['16', '14', '14']);
});

/** A client of the application's messages. */
function sender(microservice: INestMicroservice) {
  const { port } = microservice.unwrap<Server>().address() as AddressInfo;
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
  clients.push(client);
  return (order: object) => firstValueFrom(client.send<unknown>('orders.create', order));
}

const clients: ClientProxy[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

const ON_A_FREE_PORT = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } } as const;

it('an order is made for a message, and its sender is told what is wrong', async () => {
  const { app, gateway } = await startShop({ controllers: [OrderMessages] });
  const messages = app.connectMicroservice<MicroserviceOptions>(ON_A_FREE_PORT);
  await app.startAllMicroservices();
  const create = sender(messages);
  expect(await create({ ...ORDER, mchOrderNo: 'O1' })).toMatchObject({
    cashierUrl: expect.stringContaining(gateway.url),
  });
  await expect(create({ ...ORDER, mchOrderNo: 'O2', amount: 0.5 })).rejects.toMatchObject({
    statusCode: 400,
    code: 'PASS2PAY_VALIDATION',
    mchOrderNo: 'O2',
  });
});

it('a pure microservice creates and queries orders', async () => {
  const sandbox = await startTestSandbox({ notifyPath: '/pay/notify' });
  @Module({
    imports: [Pass2PayModule.forRoot({ ...sandbox.options, notifyPath: 'pay/notify' })],
    controllers: [OrderMessages],
  })
  class Orders {}
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(Orders, {
    ...ON_A_FREE_PORT,
    logger: recordingLogger,
  });
  await app.listen();
  const create = sender(app);
  expect(await create({ ...ORDER, mchOrderNo: 'O1' })).toMatchObject({ mchOrderNo: 'O1' });
  await sandbox.gateway.pay('O1');
  expect(await app.get(CashierService).queryOrder({ mchOrderNo: 'O1' })).toMatchObject({ state: OrderState.Success });
  await app.close();
  await sandbox.stop();
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
