import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { Redis } from 'ioredis';
import { filter, Subject, type Observable } from 'rxjs';
import { redisPrefix } from '../redis/redis-prefix.js';
import { RedisConnection } from '../redis/redis-connection.js';

/**
 * Says which order has changed, to whoever shows it: within this process, and, where there is a Redis, in every process
 * of the shop. News may get lost (Redis away, another process without Redis), so listeners look for themselves as well.
 */
@Injectable()
export class OrderNews implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(OrderNews.name);
  private readonly changed = new Subject<string>();
  private readonly channel: string;
  private subscriber: Redis | undefined;

  constructor(
    private readonly redis: RedisConnection,
    config: ConfigService,
  ) {
    this.channel = `${redisPrefix(config)}:order-news`;
  }

  onModuleInit(): void {
    // A connection that subscribes can do nothing else, so it is one of its own. It waits for Redis as long as it takes.
    this.subscriber = this.redis.client?.duplicate({ enableOfflineQueue: true, maxRetriesPerRequest: null });
    this.subscriber?.on('error', (error: Error) => this.logger.debug(error.message));
    this.subscriber?.on('message', (_channel, mchOrderNo: string) => this.changed.next(mchOrderNo));
    this.subscriber?.subscribe(this.channel).catch((error: Error) => this.logger.debug(error.message));
  }

  onApplicationShutdown(): void {
    this.subscriber?.disconnect();
    this.changed.complete();
  }

  /** Never throws: the order has changed, whoever hears of it. */
  async announce(mchOrderNo: string): Promise<void> {
    const { client } = this.redis;
    const isSent = await client?.publish(this.channel, mchOrderNo).catch(() => undefined);
    if (isSent === undefined) this.changed.next(mchOrderNo);
  }

  /** Emits when the order has changed. */
  of(mchOrderNo: string): Observable<string> {
    return this.changed.pipe(filter((changed) => changed === mchOrderNo));
  }

  /** Whether anybody listens here. */
  get isHeard(): boolean {
    return this.changed.observed;
  }
}
