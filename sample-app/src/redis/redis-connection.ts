import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Redis } from 'ioredis';

/** The shop's connection to the Redis that REDIS_URL names, if it names one. */
@Injectable()
export class RedisConnection implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(RedisConnection.name);
  readonly url: string | undefined;
  readonly client: Redis | undefined;

  constructor(config: ConfigService) {
    this.url = config.get<string>('REDIS_URL') || undefined;
    if (this.url === undefined) return;
    // While Redis is away, a notify is better refused at once than kept waiting: the gateway sends it again.
    this.client = new Redis(this.url, { lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 1 });
    this.client.on('ready', () => this.logger.log('Connected'));
    this.client.on('close', () => this.logger.warn('Not connected'));
    // Without a listener, ioredis writes each one to the console, past the logger.
    this.client.on('error', (error: Error) => this.logger.debug(error.message));
  }

  /** The shop opens without Redis too: it can sell, and the client goes on trying to connect. */
  async onModuleInit(): Promise<void> {
    await this.client?.connect().catch(() => undefined);
  }

  onApplicationShutdown(): void {
    this.client?.removeAllListeners('close');
    this.client?.disconnect();
  }
}
