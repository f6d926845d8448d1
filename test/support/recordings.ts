import { readFileSync } from 'node:fs';
import type { SandboxMerchant } from '../../sandbox/index.js';

/** A response as the open platform's server gave it. */
export interface RecordedAnswer {
  status: number;
  contentType?: string;
  body: string;
}

/** A request to that server, and its response. */
export interface Transcript {
  /** What was tried. */
  name: string;
  method: string;
  target: string;
  contentType?: string | null;
  body: string | null;
  answer: RecordedAnswer;
  /** Several required fields are missing, and which one is named is chance. */
  anyRequiredField?: boolean;
}

/** What that server did with an order, one step of it. */
export interface FlowStep {
  flow: string;
  step: string;
  /** A step without it was none of the merchant's. */
  sent?: Readonly<Record<string, string | number>>;
  answer?: { status: number; body: string | Record<string, unknown> };
}

/** A notify as that server posted it. */
export interface RecordedNotify {
  method: string;
  target: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** What the order was made with. */
  subject?: string;
  notifyUrl?: string;
  /** The flow that it belongs to. */
  flow?: string;
  /** Parameters of the notifyUrl's own query, which no signature covers. */
  unsigned?: readonly string[];
  /** Why it does not verify, though it is genuine. */
  broken?: string;
}

const { merchants, openWayCodes, cases } = fixture('server-transcripts.json') as {
  merchants: readonly SandboxMerchant[];
  openWayCodes: readonly string[];
  cases: readonly Transcript[];
};

export const TRANSCRIPTS: readonly Transcript[] = cases;
export const { steps: FLOW_STEPS } = fixture('server-flows.json') as { steps: readonly FlowStep[] };
export const { notifies: NOTIFIES } = fixture('server-notifies.json') as { notifies: readonly RecordedNotify[] };

/** The merchants of the recorded server, opened for the ways of paying that it was. */
export const MERCHANTS: readonly SandboxMerchant[] = merchants.map((merchant) => ({
  ...merchant,
  wayCodes: openWayCodes,
}));

/** Whose secret signed all that was recorded. */
export const [RECORDED_MERCHANT] = merchants as readonly [SandboxMerchant];

/** The steps do not say which endpoint they called; their parameters do. */
export function pathOf(step: string, sent: NonNullable<FlowStep['sent']>): string {
  if ('wayCode' in sent) return '/api/pay/unifiedOrder';
  if ('refundAmount' in sent) return '/api/refund/refundOrder';
  if ('mchRefundNo' in sent || 'refundOrderId' in sent) return '/api/refund/query';
  return step.startsWith('close') ? '/api/pay/close' : '/api/pay/query';
}

/** A flow keeps the body as JSON, in the server's own order of names; the server writes it without white space. */
export function bodyOf({ body }: NonNullable<FlowStep['answer']>): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'));
}
