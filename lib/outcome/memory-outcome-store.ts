import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { OutcomeStore } from './outcome-store.js';

const MAX_DONE = 100_000;

/**
 * Remembers the last 100,000 handled outcomes of this process. For one process: it does not survive a restart, and
 * others do not see it.
 */
@Injectable()
export class MemoryOutcomeStore implements OutcomeStore {
  private readonly done = new LRUCache<string, true>({ max: MAX_DONE });
  /** When each claim's lease ends, in ms since 1970. */
  private readonly claimed = new Map<string, number>();

  async claim(key: string, leaseMs: number): Promise<'claimed' | 'busy' | 'done'> {
    if (this.done.has(key)) return 'done';
    const leaseEnd = this.claimed.get(key);
    if (leaseEnd !== undefined && leaseEnd > Date.now()) return 'busy';
    this.claimed.set(key, Date.now() + leaseMs);
    return 'claimed';
  }

  async complete(key: string): Promise<void> {
    this.done.set(key, true);
    this.claimed.delete(key);
  }

  async release(key: string): Promise<void> {
    this.claimed.delete(key);
  }
}
