/** From a sandbox's `GET /sandbox/events`: the event that tells how the first notify was answered. */
export async function firstAttempt({ body }: Response): Promise<string> {
  let told = '';
  for await (const text of body!.pipeThrough(new TextDecoderStream())) {
    told += text;
    const event = told
      .split('\n\n')
      .slice(0, -1)
      .find((whole) => whole.includes('notify-attempt'));
    if (event !== undefined) return event;
  }
  throw new Error(`The gateway told of no attempt: ${told}`);
}
