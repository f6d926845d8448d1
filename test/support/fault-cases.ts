import type { Pass2PaySandbox, SandboxEndpoint, SandboxFault } from '../../sandbox/index.js';
import type { FaultProxy } from './fault-proxy.js';

/** What a fault may lay hands on, just before the request that it strikes is sent. */
interface FaultScene {
  proxy: FaultProxy;
  /** Sends this request to a port on which nothing listens. */
  refuse: () => void;
  /** Sends this request on a connection that was used before and is idle. */
  useIdleConnection: () => Promise<void>;
  sandbox: Pass2PaySandbox;
  /** The endpoint that is about to be called. */
  endpoint: SandboxEndpoint;
  mchOrderNo: string;
  /** How long the client waits for an answer. */
  timeoutMs: number;
  /** Somebody else makes an order with this number, through a client of its own. */
  makeElsewhere: (what: 'the same' | 'another amount') => Promise<void>;
}

/** One way in which a create or a query goes wrong. */
export interface FaultCase {
  /** As it stands in the table of faults. */
  name: string;
  strike(scene: FaultScene): void | Promise<void>;
  /** Whether a query can go wrong like this too, and not just as another fault does. */
  strikesQueries?: boolean;
  /** The least time that the client must wait before it sends again, in ms of the lane's clock. */
  leastWaitMs?: number;
  /** Whether the request arrives out of turn, so that the sandbox's order of requests is not the client's. */
  isOutOfTurn?: boolean;
}

/** A wait longer than the client allows by default. */
const TOO_LONG_S = 3600;

export const FAULT_CASES: readonly FaultCase[] = [
  { name: 'connection refused', strike: ({ refuse }) => refuse(), strikesQueries: true },
  { name: 'connection reset on the way', strike: ({ proxy }) => proxy.next('reset'), strikesQueries: true },
  {
    name: 'idle connection closed with the request on its way',
    strike: async ({ proxy, useIdleConnection }) => {
      await useIdleConnection();
      proxy.next('close idle');
    },
    strikesQueries: true,
  },
  fromSandbox('reset before it was stored', { kind: 'reset-before' }),
  fromSandbox('reset after it was stored', { kind: 'reset-after' }, true),
  fromSandbox('stored, answer lost', { kind: 'lost' }, true),
  {
    name: 'stored, answer late',
    strike: (scene) => inject(scene, { kind: 'late', delayMs: scene.timeoutMs + 60 }),
    strikesQueries: true,
  },
  {
    name: 'request late, after all others of the call',
    strike: ({ proxy }) => proxy.next('hold'),
    isOutOfTurn: true,
  },
  {
    name: 'request late, just before the next create',
    // The lane lets it arrive before each create.
    strike: ({ proxy }) => proxy.next('hold until the next create'),
    isOutOfTurn: true,
  },
  fromSandbox('HTTP 500, not stored', { kind: 'http-500' }, true),
  fromSandbox('HTTP 500, stored', { kind: 'http-500', stored: true }),
  fromSandbox('HTTP 502 with HTML, not stored', { kind: 'html-502' }, true),
  fromSandbox('HTTP 502 with HTML, stored', { kind: 'html-502', stored: true }),
  fromSandbox('stored, JSON truncated', { kind: 'truncated' }, true),
  fromSandbox('stored, wrong signature', { kind: 'bad-signature' }, true),
  fromSandbox('stored, no signature', { kind: 'no-signature' }, true),
  fromSandbox('stored, no `data`', { kind: 'no-data' }, true),
  fromSandbox('stored, answer for another order', { kind: 'other-order' }, true),
  fromSandbox('stored, then refused (系统异常)', { kind: 'error-after-store' }, true),
  fromSandbox('refused as a duplicate, none there', { kind: 'already-exists' }, true),
  { name: 'duplicate of the same amount', strike: ({ makeElsewhere }) => makeElsewhere('the same') },
  { name: 'duplicate of another amount', strike: ({ makeElsewhere }) => makeElsewhere('another amount') },
  fromSandbox('429 without Retry-After', { kind: 'rate-limit' }, true),
  { ...fromSandbox('429, Retry-After in seconds', { kind: 'rate-limit', retryAfter: '1' }, true), leastWaitMs: 1000 },
  {
    name: '429, Retry-After as a date',
    strike: (scene) => inject(scene, { kind: 'rate-limit', retryAfter: nextSecond() }),
    strikesQueries: true,
    leastWaitMs: 200,
  },
  fromSandbox('429, Retry-After too long', { kind: 'rate-limit', retryAfter: String(TOO_LONG_S) }, true),
];

function fromSandbox(name: string, fault: SandboxFault, strikesQueries = false): FaultCase {
  return { name, strike: (scene) => inject(scene, fault), strikesQueries };
}

function inject({ sandbox, endpoint, mchOrderNo }: FaultScene, fault: SandboxFault): void {
  sandbox.inject({ ...fault, endpoint, mchOrderNo } as SandboxFault);
}

/** An HTTP date has whole seconds: the next one that is at least a fifth of a second away. */
function nextSecond(): string {
  return new Date(Math.ceil((Date.now() + 200) / 1000) * 1000).toUTCString();
}
