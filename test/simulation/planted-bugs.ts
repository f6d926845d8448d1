import type { InboxKind } from './plan.js';

/** A bug that the simulation must find: a change of one text in one file of the library. */
export interface PlantedBug {
  name: string;
  inbox: InboxKind;
  /** What the simulation says of it. */
  breaks: RegExp;
  file: string;
  find: string;
  replace: string;
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'claim-without-fence',
    inbox: 'redis',
    breaks: /^lastApplied of .* goes back from/,
    file: 'lib/redis/inbox-scripts.ts',
    find: `if fence ~= ARGV[1] then return 0 end
if not leaseEnd then return lastApplied == ARGV[2] and 1 or 0 end`,
    replace: '',
  },
  {
    name: 'acknowledged-before-the-commit',
    inbox: 'database',
    breaks: /acknowledges .* which is neither applied nor kept$/,
    file: 'lib/notify/notify-route.ts',
    find: 'await this.outcomes.process(notification);',
    replace: 'void this.outcomes.process(notification).catch(() => {});',
  },
  {
    name: 'state-in-memory-only',
    inbox: 'redis',
    breaks: /^a handler gets state .* was acknowledged by/,
    file: 'lib/pass2pay.module.ts',
    find: 'inbox ?? new MemoryInbox()',
    replace: 'new MemoryInbox()',
  },
  {
    name: 'duplicate-without-mch-no',
    inbox: 'memory',
    breaks: /acknowledges .* which is neither applied nor kept$/,
    file: 'lib/protocol/order-identity.ts',
    find: 'return `${kind}:${keyPart(mchNo)}:${keyPart(comparedOrderNumber(mchOrderNo))}`;',
    replace: 'return `${kind}:${keyPart(comparedOrderNumber(mchOrderNo))}`;',
  },
  {
    name: 'lease-not-renewed',
    inbox: 'redis',
    breaks: /loses its lease of .* while it is at work$/,
    file: 'lib/outcomes/lease-keeper.ts',
    find: 'this.timer ??= setInterval(() => this.prolong(), this.leaseMs / 3).unref();',
    replace: '',
  },
  {
    name: 'create-repeated-after-a-timeout',
    inbox: 'memory',
    breaks: /sends .* again, which may exist$/,
    file: 'lib/client/idempotent-create.ts',
    find: 'const existing = await this.lookFor(creation, error);',
    replace: 'const existing = undefined as { created: Created } | undefined;',
  },
  {
    name: 'not-found-taken-for-closed',
    inbox: 'memory',
    breaks: /^a handler gets state 6 of .* which it never was in$/,
    file: 'lib/outcomes/reconciler.ts',
    find: 'ORDER_NOT_FOUND.test(error.gatewayMessage)) return undefined;',
    replace: `ORDER_NOT_FOUND.test(error.gatewayMessage)) {
        const data = { mchNo, appId, mchOrderNo, payOrderId: 'P1', state: 6, amount: 100, currency: 'cny' } as never;
        return { data, isFinal: true, needsAttention: false };
      }`,
  },
  {
    name: 'stale-delivered',
    inbox: 'memory',
    breaks: /^a handler gets state .* was acknowledged by/,
    file: 'lib/protocol/state-order.ts',
    find: "return isStale ? 'stale' : 'new';",
    replace: "return 'new';",
  },
  {
    name: 'failure-not-kept',
    inbox: 'database',
    breaks: /has not kept that the handler of .* failed$/,
    file: 'lib/database/outcomes/database-delivery.ts',
    find: "if (failure !== 'rolled-back' && failure !== 'lock-timeout') await this.keepFailure(event, received, error);",
    replace: '',
  },
  {
    name: 'unknown-commit-taken-for-failed',
    inbox: 'database',
    breaks: /refuses state .* which it has committed$/,
    file: 'lib/database/outcomes/database-delivery.ts',
    find: 'if (!isApplied) throw error;',
    replace: 'throw error;',
  },
];
