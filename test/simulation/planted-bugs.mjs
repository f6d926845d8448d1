/**
 * Bugs that the simulation must find, each as a change of one text in one file of the library.
 *
 * @type {readonly { name: string, inbox: 'memory' | 'redis' | 'database', file: string, find: string, replace: string }[]}
 */
export const PLANTED_BUGS = [
  {
    name: 'claim-without-fence',
    inbox: 'redis',
    file: 'lib/redis/inbox-scripts.ts',
    find: `if fence ~= ARGV[1] then return 0 end
if not leaseEnd then return lastApplied == ARGV[2] and 1 or 0 end`,
    replace: '',
  },
  {
    name: 'acknowledged-before-the-commit',
    inbox: 'database',
    file: 'lib/notify/notify-route.ts',
    find: 'await this.outcomes.process(notification);',
    replace: 'void this.outcomes.process(notification).catch(() => {});',
  },
  {
    name: 'state-in-memory-only',
    inbox: 'redis',
    file: 'lib/pass2pay.module.ts',
    find: 'inbox ?? new MemoryInbox()',
    replace: 'new MemoryInbox()',
  },
  {
    name: 'duplicate-without-mch-no',
    inbox: 'memory',
    file: 'lib/protocol/order-identity.ts',
    find: 'return `${kind}:${keyPart(mchNo)}:${keyPart(comparedOrderNumber(mchOrderNo))}`;',
    replace: 'return `${kind}:${keyPart(comparedOrderNumber(mchOrderNo))}`;',
  },
  {
    name: 'lease-not-renewed',
    inbox: 'redis',
    file: 'lib/outcomes/lease-keeper.ts',
    find: 'this.timer ??= setInterval(() => this.prolong(), this.leaseMs / 3).unref();',
    replace: '',
  },
  {
    name: 'create-repeated-after-a-timeout',
    inbox: 'memory',
    file: 'lib/client/idempotent-create.ts',
    find: 'const existing = await this.lookFor(creation, error);',
    replace: 'const existing = undefined as { created: Created } | undefined;',
  },
  {
    name: 'not-found-taken-for-closed',
    inbox: 'memory',
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
    file: 'lib/protocol/state-order.ts',
    find: "return isStale ? 'stale' : 'new';",
    replace: "return 'new';",
  },
  {
    name: 'failure-not-kept',
    inbox: 'database',
    file: 'lib/database/outcomes/database-delivery.ts',
    find: "if (failure !== 'rolled-back' && failure !== 'lock-timeout') await this.keepFailure(event, received, error);",
    replace: '',
  },
  {
    name: 'unknown-commit-taken-for-failed',
    inbox: 'database',
    file: 'lib/database/outcomes/database-delivery.ts',
    find: 'if (!isApplied) throw error;',
    replace: 'throw error;',
  },
];
