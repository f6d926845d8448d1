import { readFileSync } from 'node:fs';

/** A response as the open platform's server gave it. */
export interface RecordedAnswer {
  status: number;
  contentType?: string;
  body: string;
}

/** A request to that server, and its response. */
export interface Exchange {
  /** What was tried. */
  name: string;
  /** The path, without a leading slash. */
  path: string;
  /** What was sent, as far as it was a flat JSON object. */
  sent: Readonly<Record<string, unknown>>;
  answer: RecordedAnswer;
}

/** A notify as that server posted it. */
export interface RecordedNotify {
  headers: Readonly<Record<string, string>>;
  body: string;
  /** What the order was made with. */
  subject?: string;
  /** The step of server-flows.json that it belongs to. */
  flow?: string;
  /** Parameters of the notifyUrl's own query, which no signature covers. */
  unsigned?: readonly string[];
  /** Why it does not verify, though it is genuine. */
  broken?: string;
}

interface Transcripts {
  merchants: readonly { mchNo: string; appId: string; secret: string }[];
  cases: readonly { name: string; target: string; body: string | null; answer: RecordedAnswer }[];
}

interface Flows {
  steps: readonly {
    flow: string;
    step: string;
    sent?: Readonly<Record<string, unknown>>;
    answer?: { status: number; body: unknown };
  }[];
}

const transcripts = fixture('server-transcripts.json') as Transcripts;
const { mchNo, appId, secret } = transcripts.merchants[0]!;

/** Whose secret signed all that was recorded. */
export const RECORDED_MERCHANT = { mchNo, appId, secrets: secret } as const;

/** server-transcripts.json: each request by itself. */
export const TRANSCRIPTS: readonly Exchange[] = transcripts.cases.map(({ name, target, body, answer }) => ({
  name,
  path: target.replace(/\?.*$/, '').slice(1),
  sent: flatObject(body),
  answer,
}));

/** The steps of server-flows.json that were requests to the gateway, in their order. */
export const FLOW_STEPS: readonly Exchange[] = (fixture('server-flows.json') as Flows).steps.flatMap(
  ({ flow, step, sent, answer }) =>
    sent === undefined || answer === undefined
      ? []
      : [{ name: `${flow}: ${step}`, path: pathOf(sent, step), sent, answer: asSent(answer) }],
);

export const { notifies: RECORDED_NOTIFIES } = fixture('server-notifies.json') as {
  notifies: readonly RecordedNotify[];
};

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8'));
}

function flatObject(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The steps do not say which endpoint they called; their parameters do. */
function pathOf(sent: Readonly<Record<string, unknown>>, step: string): string {
  if ('wayCode' in sent) return 'api/pay/unifiedOrder';
  if ('refundReason' in sent) return 'api/refund/refundOrder';
  if ('mchRefundNo' in sent || 'refundOrderId' in sent) return 'api/refund/query';
  return /\bclose\b/.test(step) ? 'api/pay/close' : 'api/pay/query';
}

/** The steps keep the body as JSON, in the server's own order of names; the server writes it without white space. */
function asSent({ status, body }: { status: number; body: unknown }): RecordedAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, contentType: 'application/json;charset=UTF-8', body: text };
}
