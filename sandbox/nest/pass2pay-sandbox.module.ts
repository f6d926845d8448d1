import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:net';
import { Pass2PaySandbox } from '../gateway/pass2pay-sandbox.js';

/** A running gateway, as returned by `startTestSandbox`. */
export interface RunningGateway {
  gateway: Pass2PaySandbox;
  /** Sets the application that receives notifies; the function is called before each notify. */
  connect(server: () => Server | undefined): void;
  stop(): Promise<void>;
}

/** Connects a running gateway to an application: notifies reach it, and closing it stops the gateway. */
@Module({})
export class Pass2PaySandboxModule {
  /**
   * Import it in addition to the application's module. `Pass2PaySandbox`, with the gateway's controls, is then
   * injectable.
   */
  static register(sandbox: RunningGateway): DynamicModule {
    return {
      module: Pass2PaySandboxModule,
      global: true,
      providers: [
        { provide: Pass2PaySandbox, useValue: sandbox.gateway },
        {
          provide: SandboxLifetime,
          inject: [HttpAdapterHost],
          useFactory: (host: HttpAdapterHost) => new SandboxLifetime(sandbox, host),
        },
      ],
      exports: [Pass2PaySandbox],
    };
  }
}

class SandboxLifetime implements OnApplicationShutdown {
  constructor(
    private readonly sandbox: RunningGateway,
    host: HttpAdapterHost,
  ) {
    sandbox.connect(() => host.httpAdapter?.getHttpServer() as Server | undefined);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sandbox.stop();
  }
}
