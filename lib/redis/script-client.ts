import type { Script } from './inbox-scripts.js';

/** What the inbox needs of ioredis: `Redis` and `Cluster` have it. */
export interface RedisScripting {
  eval(script: string, numberOfKeys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
  evalsha(sha: string, numberOfKeys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
}

interface ScriptInput {
  keys?: string[];
  arguments?: string[];
}

/** What the inbox needs of node-redis: its client, pool, cluster and sentinel have it. */
export interface NodeRedisScripting {
  eval(script: string, options?: ScriptInput): Promise<unknown>;
  evalSha(sha: string, options?: ScriptInput): Promise<unknown>;
}

/** Runs scripts, each on one key, with the application's client. */
export interface ScriptClient {
  run(script: Script, key: string, args: readonly (string | number)[]): Promise<unknown>;
  ping(): Promise<void>;
  /** Whether an error is a response of Redis, not a connection failure. */
  isReply(error: unknown): boolean;
}

/** Undefined for any other client. */
export function scriptClientOf(client: unknown): ScriptClient | undefined {
  const methods = (client ?? {}) as Partial<RedisScripting & NodeRedisScripting>;
  if (typeof methods.eval !== 'function') return undefined;
  if (typeof methods.evalsha === 'function') return ioredis(client as RedisScripting);
  return typeof methods.evalSha === 'function' ? nodeRedis(client as NodeRedisScripting) : undefined;
}

function ioredis(client: RedisScripting): ScriptClient {
  return {
    run: ({ sha, source }, key, args) =>
      unlessUnknown(client.evalsha(sha, 1, key, ...args), () => client.eval(source, 1, key, ...args)),
    ping: async () => void (await client.eval('return 1', 0)),
    isReply: (error) => error instanceof Error && error.name === 'ReplyError',
  };
}

function nodeRedis(client: NodeRedisScripting): ScriptClient {
  return {
    run: ({ sha, source }, key, args) => {
      const input = { keys: [key], arguments: args.map(String) };
      return unlessUnknown(client.evalSha(sha, input), () => client.eval(source, input));
    },
    ping: async () => void (await client.eval('return 1')),
    // Its errors have no specific names. Redis errors start with an upper-case word.
    isReply: (error) => error instanceof Error && /^[A-Z][A-Z0-9_]+ /.test(error.message),
  };
}

/** If Redis does not know a script, the whole script is sent. */
async function unlessUnknown(response: Promise<unknown>, again: () => Promise<unknown>): Promise<unknown> {
  return response.catch((error: unknown) => {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return again();
  });
}
