import { SCRIPTS } from '../../../lib/redis/inbox-scripts.js';
import { RedisInbox } from '../../../lib/redis/redis-inbox.js';
import type { Life } from '../life.js';
import type { ShopOrder } from '../shop-order.js';
import { SOCKET_FAULTS, type WireFault } from '../wires.js';
import { ProcessMemory } from './memory-store.js';
import { RedisModel } from './redis-model.js';
import type { Store, StoreHost, StoreInUse } from './store.js';

/** A client of Redis sends a command again that was not answered. */
const FAULTS: readonly WireFault[] = [...SOCKET_FAULTS, 'twice'];

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

/** A process that claims, and how much trouble with its wires it had had before. */
interface Claimer {
  life: Life;
  troubles: number;
}

class SharedRedis extends ProcessMemory {
  /** Who has claimed each order, until it is completed or released. */
  private readonly held = new Map<ShopOrder, Claimer & { fence: string }>();

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
        perform: () => {
          const reply = this.model.evalsha(sha, keys, key, ...given);
          this.look(this.orderOf(key), name, given, reply, { life, troubles });
          return reply;
        },
        broken: () => new Error('Connection is closed.'),
      });
    };
    const client = { evalsha, eval: () => Promise.reject(new Error('its scripts are known')) };
    return { inbox: new RedisInbox({ client, prefix: PREFIX }) };
  }

  /** Looks at what a script has done. */
  private look(order: ShopOrder, name: string, given: readonly unknown[], reply: unknown, claimer: Claimer): void {
    if (Array.isArray(reply)) this.hasLastApplied(order, reply.at(-2));
    if (name === 'claim' && Array.isArray(reply)) this.claim(order, String(reply[0]), claimer);
    if (reply !== 1) return;
    if (name === 'complete') this.hasLastApplied(order, given[1]);
    if (name === 'complete' || name === 'release') this.held.delete(order);
  }

  private hasLastApplied(order: ShopOrder, lastApplied: unknown): void {
    this.host.lastApplied(order, lastApplied === null ? undefined : Number(lastApplied));
  }

  /** A lease may end early for a process that is dead or cannot reach Redis, and for no other. */
  private claim(order: ShopOrder, fence: string, claimer: Claimer): void {
    const holder = this.held.get(order);
    this.held.set(order, { ...claimer, fence });
    if (holder === undefined || holder.fence === fence) return;
    const isHelpless = holder.life.isDead || holder.life.troubles > holder.troubles;
    this.host.demand(isHelpless, `${holder.life.name} loses its lease of ${order.key} while it is at work`);
    order.isTakenOver = true;
  }

  /** Redis tells who takes over. */
  override standsStill(): void {}

  override endLeases(life: Life): void {
    for (const [order, holder] of this.held) {
      if (holder.life === life) this.model.command('HSET', keyOf(order), 'leaseEnd', '1');
    }
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
