import { SCRIPTS } from '../../../lib/redis/inbox-scripts.js';
import { RedisInbox } from '../../../lib/redis/redis-inbox.js';
import type { Life } from '../life.js';
import type { ShopOrder } from '../shop-order.js';
import type { WireFault } from '../wires.js';
import { ProcessMemory } from './memory-store.js';
import { RedisModel } from './redis-model.js';
import type { Store, StoreHost, StoreInUse } from './store.js';

const FAULTS: readonly WireFault[] = [
  'refused',
  'lost',
  'answer lost',
  'lost in silence',
  'answer lost in silence',
  'twice',
  'crash before',
  'crash after',
];

const PREFIX = 'pass2pay:outcome:';

const NAMES = new Map<string, string>(Object.entries(SCRIPTS).map(([name, { sha }]) => [sha, name]));

/** All processes remember in one Redis. */
export function redisStore(now: () => number): Store {
  const model = new RedisModel(now);
  for (const { source } of Object.values(SCRIPTS)) model.eval(source, 1, 'nothing', '0-0', '0', '0', '0');
  return {
    use: (host) => {
      model.flush();
      return new SharedRedis(host, model);
    },
  };
}

class SharedRedis extends ProcessMemory {
  /** Who has claimed, by the fence, and how much trouble with its wires it had had before. */
  private readonly claims = new Map<string, { life: Life; troubles: number }>();

  constructor(
    host: StoreHost,
    private readonly model: RedisModel,
  ) {
    super(host);
  }

  override optionsFor(life: Life): ReturnType<StoreInUse['optionsFor']> {
    const evalsha = (sha: string, keys: number, key: string, ...given: (string | number)[]) => {
      const name = NAMES.get(sha) ?? sha;
      const { troubles } = life;
      return this.host.wires.exchange({
        life,
        what: `${life.name} → Redis: ${name} ${key.slice(PREFIX.length)}`,
        faults: FAULTS,
        perform: () => this.perform({ life, troubles }, name, key, () => this.model.evalsha(sha, keys, key, ...given)),
        broken: () => new Error('Connection is closed.'),
      });
    };
    const client = { evalsha, eval: () => Promise.reject(new Error('its scripts are known')) };
    return { inbox: new RedisInbox({ client, prefix: PREFIX }) };
  }

  private perform(claimer: { life: Life; troubles: number }, name: string, key: string, run: () => unknown): unknown {
    const fence = name === 'claim' ? this.heldBy(key) : undefined;
    const reply = run();
    if (Array.isArray(reply) && name === 'claim') {
      const own = String(reply[0]);
      if (fence !== undefined && fence !== own) this.judgeTakeOver(this.orderOf(key), fence);
      this.claims.set(own, claimer);
    }
    if (name === 'complete' || name === 'release') {
      const [lastApplied] = this.model.command('HMGET', key, 'lastApplied') as (string | null)[];
      this.host.lastApplied(this.orderOf(key), lastApplied === null ? undefined : Number(lastApplied));
    }
    return reply;
  }

  /** Redis tells who takes over. */
  override standsStill(): void {}

  override endLeases(life: Life): void {
    for (const order of this.host.orders()) {
      const key = keyOf(order);
      const fence = this.heldBy(key);
      if (fence !== undefined && this.claims.get(fence)?.life === life)
        this.model.command('HSET', key, 'leaseEnd', '1');
    }
  }

  /** A lease may end early for a process that is dead or cannot reach Redis, and for no other. */
  private judgeTakeOver(order: ShopOrder, fence: string): void {
    const holder = this.claims.get(fence);
    const isHelpless = holder === undefined || holder.life.isDead || holder.life.troubles > holder.troubles;
    this.host.demand(isHelpless, `${holder?.life.name} loses its lease of ${order.key} while it is at work`);
    order.isTakenOver = true;
  }

  /** The fence of a claim that was neither completed nor released. */
  private heldBy(key: string): string | undefined {
    const [fence, leaseEnd] = this.model.command('HMGET', key, 'fence', 'leaseEnd') as (string | null)[];
    return fence && leaseEnd ? fence : undefined;
  }

  private orderOf(key: string): ShopOrder {
    for (const order of this.host.orders()) {
      if (key === keyOf(order)) return order;
    }
    throw new Error(`no order has the key ${key}`);
  }
}

function keyOf({ mchNo, mchOrderNo }: ShopOrder): string {
  return `${PREFIX}payment:${mchNo}:${mchOrderNo.toLowerCase()}`;
}
