import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { compareResponses, type ReceivedResponse } from '../../../sandbox/command/compare/compare-responses.js';
import { PLATFORM } from '../../../sandbox/gateway/dialects/platform.js';
import { Pass2PaySandbox } from '../../../sandbox/index.js';
import { MERCHANTS, SECRET, type Transcript, TRANSCRIPTS } from './recordings.js';

const missingWords = new Set(
  Object.values(PLATFORM.endpoints).flatMap(({ rules }) => rules.flatMap(({ missing }) => missing ?? [])),
);

describe('the requests to the open platform’s server, sent to the sandbox in its dialect', () => {
  let sandbox: Pass2PaySandbox;
  const answers: ReceivedResponse[] = [];

  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start({ dialect: 'platform', merchants: MERCHANTS });
    // In their order: a number used before is a duplicate.
    for (const transcript of TRANSCRIPTS) answers.push(await send(sandbox.url, transcript));
  });
  afterAll(() => sandbox.stop());

  it('are all there', () => {
    expect(answers).toHaveLength(396);
  });

  it.each(TRANSCRIPTS.map((transcript, index) => [transcript.name, transcript, index] as const))(
    '%s',
    (_name, { answer, anyRequiredField }, index) => {
      const options = { secret: SECRET, ...(anyRequiredField && { interchangeable: missingWords }) };
      expect(compareResponses(answer, answers[index]!, options)).toEqual([]);
    },
  );
});

/** By node:http, which sends method, path and body as they are. */
function send(baseUrl: string, { method, target, contentType, body }: Transcript): Promise<ReceivedResponse> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body ?? '', 'utf8');
    const { hostname, port } = new URL(baseUrl);
    const outgoing = request(
      {
        hostname,
        port,
        method,
        path: target,
        headers: { 'Content-Length': bytes.length, ...(contentType && { 'Content-Type': contentType }) },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            contentType: incoming.headers['content-type'],
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}
