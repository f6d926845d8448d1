import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Claim, Inbox } from '../../lib/outcomes/inbox.js';

/** Longer than any test. */
const LONG = 60_000;
const SHORT = 1;

/** Resolves when `ms` have passed by the clock that times the leases. */
type Pass = (ms: number) => Promise<void>;

/** One or more stores that share one memory, as processes do that use the same database. */
export interface OpenStores {
  stores: readonly Inbox[];
  pass: Pass;
}

/** What every `Inbox` does. */
export function describeInbox(name: string, open: () => Promise<OpenStores>): void {
  describe(`${name} as an Inbox`, () => {
    let stores: readonly Inbox[];
    let pass: Pass;
    let one: Inbox;
    let other: Inbox;

    beforeAll(async () => {
      ({ stores, pass } = await open());
      one = stores[0]!;
      other = stores.at(-1)!;
    });

    it('gives a subject to one caller at a time', async () => {
      const subject = newSubject();
      const claim = await claimed(one, subject);
      expect(claim.subject).toBe(subject);
      expect(await one.claim(subject, LONG)).toEqual({ status: 'busy' });
      expect(await other.claim(subject, LONG)).toEqual({ status: 'busy' });
    });

    it('gives a subject to one of many who ask at once', async () => {
      const subject = newSubject();
      const asked = Array.from({ length: 50 }, (_, i) => stores[i % stores.length]!.claim(subject, LONG));
      const results = await Promise.all(asked);
      expect(results.filter(({ status }) => status === 'claimed')).toHaveLength(1);
    });

    it('tells who claims which state was delivered last', async () => {
      const subject = newSubject();
      for (const [before, state] of [
        [undefined, 0],
        [0, 6],
        [6, 2],
      ] as const) {
        const result = await one.claim(subject, LONG);
        expect(result).toMatchObject({ status: 'claimed', lastApplied: before });
        expect(await one.complete(claimOf(result)!, state)).toBe(true);
      }
      expect(await other.claim(subject, LONG)).toMatchObject({ status: 'claimed', lastApplied: 2 });
    });

    it('keeps what was applied and what the gateway said apart, and each as it was where nothing new is said', async () => {
      const subject = newSubject();
      expect(await other.recall(subject)).toEqual({ lastApplied: undefined, gatewayState: undefined });
      await one.release(await claimed(one, subject), 6);
      expect(await other.recall(subject)).toEqual({ lastApplied: undefined, gatewayState: 6 });
      await one.release(await claimed(one, subject));
      expect(await one.claim(subject, SHORT)).toMatchObject({ lastApplied: undefined, gatewayState: 6 });
      await pass(SHORT);
      await other.complete(await claimed(other, subject), 2);
      expect(await one.recall(subject)).toEqual({ lastApplied: 2, gatewayState: 6 });
      await one.complete(await claimed(one, subject), 5, 5);
      expect(await other.recall(subject)).toEqual({ lastApplied: 5, gatewayState: 5 });
      await one.release(await claimed(one, subject), 6);
      expect(await other.recall(subject)).toEqual({ lastApplied: 5, gatewayState: 6 });
    });

    it('recalls a subject while it is claimed, and claims nothing by that', async () => {
      const subject = newSubject();
      await one.complete(await claimed(one, subject), 6, 6);
      const claim = await claimed(one, subject);
      expect(await other.recall(subject)).toEqual({ lastApplied: 6, gatewayState: 6 });
      expect(await other.claim(subject, LONG)).toEqual({ status: 'busy' });
      expect(await one.complete(claim, 2)).toBe(true);
      await other.recall(subject);
      expect(await one.claim(subject, LONG)).toMatchObject({ status: 'claimed', lastApplied: 2 });
    });

    it('takes no word of a claim that was lost', async () => {
      const subject = newSubject();
      const dead = await claimed(one, subject, SHORT);
      await pass(SHORT);
      const claim = await claimed(other, subject);
      await one.release(dead, 6);
      expect(await one.complete(dead, 3, 3)).toBe(false);
      expect(await one.recall(subject)).toEqual({ lastApplied: undefined, gatewayState: undefined });
      await other.release(claim);
    });

    it('gives a subject again after a release, and knows what was delivered before', async () => {
      const subject = newSubject();
      await one.release(await claimed(one, subject));
      const claim = await claimed(other, subject);
      expect(await other.complete(claim, 2)).toBe(true);
      await one.release(await claimed(one, subject));
      expect(await one.claim(subject, LONG)).toMatchObject({ status: 'claimed', lastApplied: 2 });
    });

    it('keeps subjects apart', async () => {
      const [first, second] = [newSubject(), newSubject()];
      const claim = await claimed(one, first);
      expect(await one.claim(second, LONG)).toMatchObject({ status: 'claimed', lastApplied: undefined });
      expect(await one.complete({ subject: second, fence: claim.fence }, 3)).toBe(false);
      expect(await one.complete(claim, 2)).toBe(true);
      expect(await one.claim(second, LONG)).toEqual({ status: 'busy' });
    });

    it('prolongs a lease', async () => {
      const subject = newSubject();
      const claim = await claimed(one, subject, 200);
      expect(await one.renew(claim, LONG)).toBe(true);
      await pass(200);
      expect(await other.claim(subject, LONG)).toEqual({ status: 'busy' });
      expect(await one.complete(claim, 2)).toBe(true);
    });

    it('lets another take over when a lease has ended, and the first one do nothing any more', async () => {
      const subject = newSubject();
      const dead = await claimed(one, subject, SHORT);
      await pass(SHORT);
      const claim = await claimed(other, subject);
      expect(claim.fence).not.toBe(dead.fence);

      expect(await one.renew(dead, LONG)).toBe(false);
      expect(await one.complete(dead, 3)).toBe(false);
      await one.release(dead);

      expect(await one.claim(subject, LONG)).toEqual({ status: 'busy' });
      expect(await other.complete(claim, 2)).toBe(true);
      expect(await one.complete(dead, 3)).toBe(false);
      expect(await one.claim(subject, LONG)).toMatchObject({ lastApplied: 2 });
    });

    it('does not let a claim return that was given back by the one who took it over', async () => {
      const subject = newSubject();
      const dead = await claimed(one, subject, SHORT);
      await pass(SHORT);
      await other.release(await claimed(other, subject));
      expect(await one.complete(dead, 3)).toBe(false);
      const claim = await claimed(other, subject);
      expect(await one.complete(dead, 3)).toBe(false);
      expect(await one.renew(dead, LONG)).toBe(false);
      expect(await other.complete(claim, 2)).toBe(true);
    });

    it('lets one who is late finish as long as nobody has taken over', async () => {
      const subject = newSubject();
      const claim = await claimed(one, subject, SHORT);
      await pass(SHORT);
      expect(await one.complete(claim, 2)).toBe(true);
      expect(await other.claim(subject, LONG)).toMatchObject({ lastApplied: 2 });
    });

    it('ends a claim with its completion or release', async () => {
      const subject = newSubject();
      const completed = await claimed(one, subject);
      await one.complete(completed, 2);
      expect(await one.renew(completed, LONG)).toBe(false);
      expect(await one.complete(completed, 3)).toBe(false);
      await one.release(completed);
      const released = await claimed(one, subject);
      await one.release(released);
      expect(await one.renew(released, LONG)).toBe(false);
      expect(await one.complete(released, 3)).toBe(false);
      expect(await one.complete(released, 2)).toBe(false);
      expect(await one.claim(subject, LONG)).toMatchObject({ status: 'claimed', lastApplied: 2 });
    });

    it('knows nothing of a subject that was never claimed', async () => {
      const claim = { subject: newSubject(), fence: (await claimed(one, newSubject())).fence };
      expect(await one.renew(claim, LONG)).toBe(false);
      expect(await one.complete(claim, 2)).toBe(false);
      await one.release(claim);
    });

    it('does whatever a simple model of it does', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anOperation, { minLength: 5, maxLength: 40 }), async (operations) => {
          const models = [new Model(pass), new Model(pass)];
          for (const { store, subject, ...operation } of operations) {
            await models[subject]!.follow(operation, stores[store % stores.length]!);
          }
        }),
        { numRuns: 100 },
      );
    });

    it('never has two holders at once, and remembers the state completed last', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(aClaimer, { minLength: 2, maxLength: 24 }), async (claimers) => {
          const rooms = [new Room(pass), new Room(pass)];
          await Promise.all(
            claimers.map(({ store, subject, ...plan }, i) =>
              rooms[subject]!.visit(stores[store % stores.length]!, i, plan),
            ),
          );
          for (const room of rooms) expect(await room.enter(one, LONG)).toMatchObject({ lastApplied: room.last });
        }),
        { numRuns: 30 },
      );
    });
  });
}

function newSubject(): string {
  return `payment:M1621873433953:${randomUUID()}`;
}

async function claimed(store: Inbox, subject: string, leaseMs = LONG): Promise<Claim> {
  const result = await store.claim(subject, leaseMs);
  if (result.status === 'busy') throw new Error(`${subject} is busy`);
  return result.claim;
}

function claimOf(result: Awaited<ReturnType<Inbox['claim']>>): Claim | undefined {
  return result.status === 'claimed' ? result.claim : undefined;
}

const anOperation = fc.record({
  store: fc.nat(1),
  subject: fc.nat(1),
  name: fc.constantFrom('claim' as const, 'renew' as const, 'complete' as const, 'release' as const),
  /** Whether a lease taken now ends at once. */
  dies: fc.boolean(),
  /** Which of the claims made so far, counted from the last. */
  back: fc.nat(3),
  state: fc.nat(6),
  gatewayState: fc.option(fc.nat(6), { nil: undefined }),
});

type Operation = Omit<typeof anOperation extends fc.Arbitrary<infer T> ? T : never, 'store' | 'subject'>;

/** One subject, as it has to be, beside the store's. */
class Model {
  private readonly subject = newSubject();
  private readonly claims: Claim[] = [];
  private holder: Claim | undefined;
  private isAlive = false;
  private lastApplied: number | undefined;
  private gatewayState: number | undefined;
  private completed: Claim | undefined;

  constructor(private readonly pass: Pass) {}

  async follow(operation: Operation, store: Inbox): Promise<void> {
    await this.act(operation, store);
    const { lastApplied, gatewayState } = this;
    expect(await store.recall(this.subject)).toEqual({ lastApplied, gatewayState });
  }

  private async act({ name, dies, back, state, gatewayState }: Operation, store: Inbox): Promise<void> {
    if (name === 'claim') return this.claim(store, dies);
    const claim = this.claims.at(-1 - back);
    if (claim === undefined) return undefined;
    const isHeld = claim === this.holder;
    switch (name) {
      case 'renew':
        expect(await store.renew(claim, dies ? SHORT : LONG)).toBe(isHeld);
        if (isHeld) await this.live(dies);
        return undefined;
      case 'complete':
        // Whether the same completion said twice is confirmed twice is up to the store.
        if (claim === this.completed && claim === this.claims.at(-1) && state === this.lastApplied) return undefined;
        expect(await store.complete(claim, state, gatewayState)).toBe(isHeld);
        if (isHeld) {
          this.lastApplied = state;
          this.gatewayState = gatewayState ?? this.gatewayState;
          this.completed = claim;
          this.holder = undefined;
        }
        return undefined;
      case 'release':
        await store.release(claim, gatewayState);
        if (isHeld) {
          this.holder = undefined;
          this.gatewayState = gatewayState ?? this.gatewayState;
        }
        return undefined;
      default:
        return name satisfies never;
    }
  }

  private async claim(store: Inbox, dies: boolean): Promise<void> {
    const result = await store.claim(this.subject, dies ? SHORT : LONG);
    if (this.holder !== undefined && this.isAlive) {
      expect(result).toEqual({ status: 'busy' });
      return;
    }
    const { lastApplied, gatewayState } = this;
    expect(result).toMatchObject({ status: 'claimed', lastApplied, gatewayState });
    this.holder = claimOf(result)!;
    this.claims.push(this.holder);
    await this.live(dies);
  }

  private async live(dies: boolean): Promise<void> {
    this.isAlive = !dies;
    if (dies) await this.pass(SHORT);
  }
}

const aClaimer = fc.record({
  store: fc.nat(1),
  subject: fc.nat(1),
  /** How many turns the others have meanwhile. */
  arrivesAfter: fc.nat(3),
  worksFor: fc.nat(3),
  ends: fc.constantFrom('complete' as const, 'release' as const, 'die' as const),
});

type Plan = Omit<typeof aClaimer extends fc.Arbitrary<infer T> ? T : never, 'store' | 'subject'>;

/** One subject that many claim at the same time. */
class Room {
  last: number | undefined;
  private readonly subject = newSubject();
  private inside = 0;
  private readonly dead: Claim[] = [];

  constructor(private readonly pass: Pass) {}

  async visit(store: Inbox, state: number, { arrivesAfter, worksFor, ends }: Plan): Promise<void> {
    await this.wait(arrivesAfter);
    const { claim, lastApplied } = await this.enter(store, ends === 'die' ? 5 : LONG);
    if (ends === 'die') {
      this.dead.push(claim);
      return;
    }
    expect(this.inside).toBe(0);
    expect(lastApplied).toBe(this.last);
    this.inside++;
    for (const dead of this.dead) {
      expect(await store.complete(dead, 99)).toBe(false);
      expect(await store.renew(dead, LONG)).toBe(false);
      await store.release(dead);
    }
    await this.wait(worksFor);
    this.inside--;
    if (ends === 'release') {
      await store.release(claim);
    } else {
      this.last = state;
      expect(await store.complete(claim, state)).toBe(true);
    }
  }

  async enter(store: Inbox, leaseMs: number) {
    for (;;) {
      const result = await store.claim(this.subject, leaseMs);
      if (result.status === 'claimed') return result;
      await this.wait(1);
    }
  }

  private async wait(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await this.pass(1);
  }
}
