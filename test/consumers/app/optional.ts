import 'reflect-metadata';
import { Controller, Get, Module, type INestApplication } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Pass2PayModule } from 'nestjs-pass2pay';
import { pass2payConfig } from 'nestjs-pass2pay/config';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from 'pass2pay-sandbox';
import { Pass2PayHealthIndicator } from 'nestjs-pass2pay/terminus';
import { PayNotifyController } from './shop.js';

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly pass2pay: Pass2PayHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => this.pass2pay.isHealthy('pass2pay')]);
  }
}

@Module({
  imports: [ConfigModule.forRoot(), TerminusModule, Pass2PayModule.forRootAsync(pass2payConfig.asProvider())],
  controllers: [PayNotifyController, HealthController],
  providers: [Pass2PayHealthIndicator],
})
class ShopModule {}

/** Runs the module with each of its optional peers: @nestjs/config, @nestjs/swagger and @nestjs/terminus. */
async function main(): Promise<void> {
  const sandbox = await Pass2PaySandbox.start();
  const { mchNo, appId, secret } = DEFAULT_MERCHANT;
  Object.assign(process.env, {
    PASS2PAY_BASE_URL: sandbox.url,
    PASS2PAY_MCH_NO: mchNo,
    PASS2PAY_APP_ID: appId,
    PASS2PAY_SECRET: secret,
  });
  let app: INestApplication | undefined;
  try {
    app = await NestFactory.create(ShopModule, { logger: false, abortOnError: false });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as { port: number };
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    const told = await health.text();
    const { details } = JSON.parse(told) as { details: { pass2pay: { status: string; gateway: { status: string } } } };
    check(health.status === 200 && details.pass2pay.gateway.status === 'up', `the health is ${health.status}: ${told}`);
    const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    check(paths['/pay/notify']?.post?.requestBody !== undefined, 'the OpenAPI document does not describe the notify');
  } finally {
    await app?.close();
    await sandbox.stop();
  }
}

function check(holds: boolean, fault: string): asserts holds {
  if (!holds) throw new Error(fault);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
