import {
  bodyOf,
  FLOW_STEPS as STEPS,
  pathOf,
  type RecordedAnswer,
  TRANSCRIPTS as CASES,
} from '../../support/recordings.js';

/** A recorded request as the client could have sent it, and its response. */
export interface Exchange {
  name: string;
  /** The path, without a leading slash. */
  path: string;
  /** What was sent, as far as it was a flat JSON object. */
  sent: Readonly<Record<string, unknown>>;
  answer: RecordedAnswer;
}

/** Each request by itself. */
export const TRANSCRIPTS: readonly Exchange[] = CASES.map(({ name, target, body, answer }) => ({
  name,
  path: target.replace(/\?.*$/, '').slice(1),
  sent: flatObject(body),
  answer,
}));

/** The steps that were requests to the gateway, in their order. */
export const FLOW_STEPS: readonly Exchange[] = STEPS.flatMap(({ flow, step, sent, answer }) =>
  sent === undefined || answer === undefined
    ? []
    : [
        {
          name: `${flow}: ${step}`,
          path: pathOf(step, sent).slice(1),
          sent,
          answer: {
            status: answer.status,
            contentType: 'application/json;charset=UTF-8',
            body: bodyOf(answer),
          },
        },
      ],
);

function flatObject(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
