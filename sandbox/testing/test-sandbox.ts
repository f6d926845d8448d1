import type { Server } from 'node:net';
import type { Pass2PayOptions } from 'nestjs-pass2pay/client';
import type { SandboxOptions } from '../gateway/options.js';
import { Pass2PaySandbox } from '../gateway/pass2pay-sandbox.js';
import { AppRelay } from './app-relay.js';
import { environmentOf } from './sandbox-environment.js';

export interface TestSandboxOptions extends SandboxOptions {
  /**
   * The path of the application's payment notify route, such as `/pay/notify`; without it, no payment notifies are
   * sent.
   */
  notifyPath?: string;
  /** The path of its transfer notify route. */
  transferNotifyPath?: string;
}

/** A gateway for a test or test file, and the configuration that an application needs to use it. */
export interface TestSandbox {
  /** Its controls: `gateway.pay('O1')`, `gateway.inject(…)`. */
  gateway: Pass2PaySandbox;
  /** The options of `Pass2PayModule`; their notifyUrl leads to the application, whatever port it listens on. */
  options: Pass2PayOptions;
  /** The same as environment variables, for `pass2payConfig`. */
  environment: Readonly<Record<string, string>>;
  /**
   * Forwards notifies to the application's server, whatever port it listens on: pass the server, or a function that
   * returns it before each notify. `Pass2PaySandboxModule.register(sandbox)` of `pass2pay-sandbox/nest` does this for a
   * Nest application.
   */
  connect(server: Server | (() => Server | undefined)): void;
  /** Stops it. An application that imports `Pass2PaySandboxModule` does so when it closes. */
  stop(): Promise<void>;
}

/** How many times faster than on the gateway notifies are resent in tests: the second attempt is made after 1.5 s. */
const NOTIFY_SPEED = 20;

/**
 * Starts a gateway for tests, in this process and on a free port.
 *
 * @throws TypeError that lists every invalid option.
 */
export async function startTestSandbox(options: TestSandboxOptions = {}): Promise<TestSandbox> {
  const { notifyPath, transferNotifyPath, ...sandbox } = options;
  for (const [name, path] of Object.entries({ notifyPath, transferNotifyPath })) {
    if (path !== undefined && !/^\/[^\s?#]*$/.test(path)) {
      throw new TypeError(`The test sandbox cannot start: ${name} must be a path such as /pay/notify.`);
    }
  }
  const gateway = await Pass2PaySandbox.start({ notifySpeed: NOTIFY_SPEED, ...sandbox });
  const relay = await AppRelay.start();
  const urls = {
    ...(notifyPath !== undefined && { notifyUrl: relay.url + notifyPath }),
    ...(transferNotifyPath !== undefined && { transferNotifyUrl: relay.url + transferNotifyPath }),
  };
  const stop = async () => {
    await Promise.all([gateway.stop(), relay.stop()]);
  };
  const merchants = gateway.merchants.map(({ mchNo, appId, secret }) => ({ mchNo, appId, secrets: secret }));
  const ofModule = { baseUrl: gateway.url, merchants, ...urls };
  return {
    gateway,
    options: ofModule,
    environment: environmentOf(ofModule),
    connect: (server) => relay.leadTo(typeof server === 'function' ? server : () => server),
    stop,
  };
}
