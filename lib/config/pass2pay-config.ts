import { registerAs, type ConfigFactoryKeyHost } from '@nestjs/config';
import type { Pass2PayOptions } from '../pass2pay.options.js';
import { readEnvironment } from './read-environment.js';

export interface Pass2PayConfigDefinition {
  /** The namespace of the configuration: `pass2pay` where left out. */
  namespace?: string;
  /** What the variables' names begin with: `PASS2PAY_` where left out. Each named instance of the module has its own. */
  prefix?: string;
  /** Whether the environment must name a merchant's app; `optional` where a `merchantResolver` finds them. */
  merchants?: 'required' | 'optional';
}

/** A configuration as `registerAs` of @nestjs/config makes it. */
export type Pass2PayConfig = (() => Pass2PayOptions) & ConfigFactoryKeyHost<Pass2PayOptions>;

/** As `pass2payConfig`, for another prefix and namespace, or without a merchant's app. */
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
 * `inject: [pass2payConfig.KEY]` together with options that are objects. docs/configuration.md lists the variables. When
 * the application starts, it throws a `Pass2PayConfigError` that names every wrong variable, and shows no secret.
 */
export const pass2payConfig: Pass2PayConfig = definePass2PayConfig();
