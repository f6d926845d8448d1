import { registerAs, type ConfigFactoryKeyHost } from '@nestjs/config';
import type { Pass2PayOptions } from '../pass2pay.options.js';
import { readEnvironment } from './read-environment.js';

export interface Pass2PayConfigDefinition {
  /** The namespace of the configuration. Defaults to `pass2pay`. */
  namespace?: string;
  /** The prefix of the variables. Defaults to `PASS2PAY_`. Each named instance of the module has its own. */
  prefix?: string;
  /** Whether the environment must contain a merchant's app; use `optional` with a `merchantResolver`. */
  merchants?: 'required' | 'optional';
}

/** A configuration as returned by `registerAs` of @nestjs/config. */
export type Pass2PayConfig = (() => Pass2PayOptions) & ConfigFactoryKeyHost<Pass2PayOptions>;

/** Same as `pass2payConfig`, with another prefix and namespace, or without a merchant's app. */
export function definePass2PayConfig({
  namespace = 'pass2pay',
  prefix = 'PASS2PAY_',
  merchants = 'required',
}: Pass2PayConfigDefinition = {}): Pass2PayConfig {
  const read = () => readEnvironment(process.env, { prefix, needsMerchant: merchants === 'required' });
  return registerAs<Pass2PayOptions, () => Pass2PayOptions>(namespace, read);
}

/**
 * The module's options from environment variables: `Pass2PayModule.forRootAsync(pass2payConfig.asProvider())`, or with
 * `inject: [pass2payConfig.KEY]` together with options that are objects. docs/configuration.md lists the variables. At
 * the application's start, it throws a `Pass2PayConfigError` that lists every invalid variable without showing secrets.
 */
export const pass2payConfig: Pass2PayConfig = definePass2PayConfig();
