import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:net';
import { Pass2PaySandbox } from '../sandbox/pass2pay-sandbox.js';
import type { AppRelay } from './app-relay.js';

/** A running gateway and the way from it to the application. */
export interface SandboxParts {
  gateway: Pass2PaySandbox;
  relay: AppRelay;
  stop(): Promise<void>;
}

/** Joins a running gateway to an application: notifies find it, and it stops the gateway when it closes. */
@Module({})
export class Pass2PaySandboxModule {
  static of(parts: SandboxParts): DynamicModule {
    return {
      module: Pass2PaySandboxModule,
      global: true,
      providers: [
        { provide: Pass2PaySandbox, useValue: parts.gateway },
        {
          provide: SandboxLifetime,
          inject: [HttpAdapterHost],
          useFactory: (host: HttpAdapterHost) => new SandboxLifetime(parts, host),
        },
      ],
      exports: [Pass2PaySandbox],
    };
  }
}

class SandboxLifetime implements OnApplicationShutdown {
  constructor(
    private readonly parts: SandboxParts,
    host: HttpAdapterHost,
  ) {
    parts.relay.leadTo(() => {
      const server = host.httpAdapter?.getHttpServer() as Server | undefined;
      return server?.listening ? server.address() : null;
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.parts.stop();
  }
}
