import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compareResponses, type ReceivedResponse } from '../../../sandbox/command/compare/compare-responses.js';
import { send } from '../../../sandbox/command/compare/send.js';
import { PLATFORM } from '../../../sandbox/gateway/dialects/platform.js';
import { Pass2PaySandbox } from '../../../sandbox/index.js';
import { MERCHANTS, RECORDED_MERCHANT, TRANSCRIPTS } from '../../support/recordings.js';

/** No answer takes that long. */
const ANSWER_LIMIT_MS = 60_000;

const missingWords = new Set(
  Object.values(PLATFORM.endpoints).flatMap(({ rules }) => rules.flatMap(({ missing }) => missing ?? [])),
);

describe('the requests to the open platform’s server, sent to the sandbox in its dialect', () => {
  let sandbox: Pass2PaySandbox;
  const answers: ReceivedResponse[] = [];

  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start({ dialect: 'platform', merchants: MERCHANTS });
    // In their order: a number used before is a duplicate.
    for (const { method, target, contentType, body } of TRANSCRIPTS) {
      const request = { method, target, ...(contentType && { contentType }), body: body ?? '' };
      answers.push(await send(sandbox.url, request, ANSWER_LIMIT_MS));
    }
  });
  afterAll(() => sandbox.stop());

  it('are all there', () => {
    expect(answers).toHaveLength(396);
  });

  it.each(TRANSCRIPTS.map((transcript, index) => [transcript.name, transcript, index] as const))(
    '%s',
    (_name, { answer, anyRequiredField }, index) => {
      const options = { secret: RECORDED_MERCHANT.secret, ...(anyRequiredField && { interchangeable: missingWords }) };
      expect(compareResponses(answer, answers[index]!, options)).toEqual([]);
    },
  );
});
