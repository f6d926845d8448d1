import { readFileSync } from 'node:fs';
import type { ReceivedResponse } from '../../../sandbox/command/compare/compare-responses.js';
import type { SandboxMerchant } from '../../../sandbox/index.js';

/** A request to the open platform's server, and what it answered. */
export interface Transcript {
  name: string;
  method: string;
  target: string;
  contentType?: string | null;
  body: string;
  answer: ReceivedResponse;
  /** Several required fields are missing, and which one is named is chance. */
  anyRequiredField?: boolean;
}

/** What the server did with an order, one step of it. */
export interface FlowStep {
  flow: string;
  step: string;
  sent?: Record<string, string | number>;
  answer?: { status: number; body: string | Record<string, unknown> };
}

/** A notify as it came in over TCP. */
export interface RecordedNotify {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: string;
  subject?: string;
  notifyUrl?: string;
  /** Parameters of the notifyUrl's own query. */
  unsigned?: string[];
  broken?: string;
  flow?: string;
}

const transcripts = read('server-transcripts.json') as {
  merchants: SandboxMerchant[];
  openWayCodes: string[];
  cases: Transcript[];
};

/** The merchants of the recorded server, opened for the ways of paying that it was. */
export const MERCHANTS: readonly SandboxMerchant[] = transcripts.merchants.map((merchant) => ({
  ...merchant,
  wayCodes: transcripts.openWayCodes,
}));
export const SECRET = MERCHANTS[0]!.secret;
export const TRANSCRIPTS: readonly Transcript[] = transcripts.cases;
export const FLOW_STEPS: readonly FlowStep[] = (read('server-flows.json') as { steps: FlowStep[] }).steps;
export const { notifies: NOTIFIES } = read('server-notifies.json') as { notifies: readonly RecordedNotify[] };

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8'));
}
