import type { Server } from 'node:http';
import { Module, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import { recordingLogger } from './recording-logger.js';

export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

export interface RunningApp {
  app: INestApplication;
  url: string;
}

/** Starts a Nest application on a free port of this machine. */
export async function startApp(
  metadata: ModuleMetadata,
  {
    platform = 'express',
    rawBody = false,
    bodyParser = true,
    bodyLimit,
    routerOptions,
    trustProxy,
    configure,
  }: {
    platform?: Platform;
    rawBody?: boolean;
    bodyParser?: boolean;
    /** Fastify's, in bytes; Express has one per body parser. */
    bodyLimit?: number;
    /** Fastify's. */
    routerOptions?: { ignoreTrailingSlash: boolean };
    /** The proxies whose X-Forwarded-For counts, as either platform takes them. */
    trustProxy?: string;
    configure?: (app: INestApplication) => unknown;
  } = {},
): Promise<RunningApp> {
  @Module(metadata)
  class TestModule {}
  const options = { logger: recordingLogger, rawBody, bodyParser, abortOnError: false };
  const app =
    platform === 'fastify'
      ? await NestFactory.create(
          TestModule,
          new FastifyAdapter({
            bodyLimit,
            ...(routerOptions && { routerOptions }),
            ...(trustProxy && { trustProxy }),
          }),
          options,
        )
      : await NestFactory.create(TestModule, options);
  // No connection ends by itself, however long a busy machine takes between two requests.
  (app.getHttpServer() as Server).keepAliveTimeout = 0;
  if (trustProxy !== undefined && platform === 'express')
    app.getHttpAdapter().getInstance().set('trust proxy', trustProxy);
  await configure?.(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
}
