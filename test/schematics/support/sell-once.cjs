// Requires a compiled application's module, as a CommonJS main.js would, and sells one order through it.
const { NestFactory } = require('@nestjs/core');
const { CashierService } = require('nestjs-pass2pay');
const { Pass2PaySandboxModule } = require('pass2pay-sandbox/nest');
const { startTestSandbox } = require('pass2pay-sandbox/testing');

async function sell(path) {
  const sandbox = await startTestSandbox({ notifyPath: '/pay/notify' });
  Object.assign(process.env, sandbox.environment);
  const { AppModule } = require(path);
  class MainModule {}
  const app = await NestFactory.create(
    { module: MainModule, imports: [AppModule, Pass2PaySandboxModule.register(sandbox)] },
    { logger: false, rawBody: true, abortOnError: false },
  );
  await app.listen(0, '127.0.0.1');
  const order = { mchOrderNo: 'O1', amount: 10031, custNo: 'C1', registerTime: 1622016572190 };
  await app.get(CashierService, { strict: false }).createOrder(order);
  await sandbox.gateway.pay('O1');
  console.log(JSON.stringify(await sandbox.gateway.notifySettled('O1')));
  await app.close();
}

void sell(process.argv[2]);
