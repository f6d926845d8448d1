import type { AddressInfo, Server } from 'node:net';
import type { Type } from '@nestjs/common';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { expect, it } from '@jest/globals';
import { RunDocument } from './support/document.js';
import { ORDER, startShop } from './support/shop.js';

const page = new RunDocument('docs/graphql-and-microservices.md');
const { OrderMessages } = await page.load<{ OrderMessages: Type }>('class OrderMessages');

it('an order is made for a message, and its sender is told what is wrong', async () => {
  const { app, gateway } = await startShop({ controllers: [OrderMessages] });
  const messages = app.connectMicroservice({ transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } });
  await app.startAllMicroservices();
  const { port } = messages.unwrap<Server>().address() as AddressInfo;
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
  const create = (order: object) => firstValueFrom(client.send<unknown>('orders.create', order));
  expect(await create({ ...ORDER, mchOrderNo: 'O1' })).toMatchObject({
    cashierUrl: expect.stringContaining(gateway.url),
  });
  await expect(create({ ...ORDER, mchOrderNo: 'O2', amount: 0.5 })).rejects.toMatchObject({
    statusCode: 400,
    code: 'PASS2PAY_VALIDATION',
    mchOrderNo: 'O2',
  });
  await client.close();
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
