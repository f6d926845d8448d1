import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { NotifyPaths } from './notify/notify-paths.js';
import type { Pass2PayOptions } from './pass2pay.options.js';

/** What a registration accepts in addition to the options. */
export interface Pass2PayModuleExtras extends NotifyPaths {
  /** Makes the exported providers injectable everywhere without importing the module. */
  isGlobal?: boolean;
  /** The name of this instance, if there are several; inject with `@InjectPass2Pay(CashierService, name)`. */
  name?: string;
}

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<Pass2PayOptions>({ moduleName: 'Pass2Pay' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createPass2PayOptions')
    .setExtras<Pass2PayModuleExtras>(
      { isGlobal: false, name: undefined, notifyPath: undefined, transferNotifyPath: undefined },
      (definition) => definition,
    )
    .build();

/** Implemented by classes for `useClass` and `useExisting`. */
export interface Pass2PayOptionsFactory {
  createPass2PayOptions(): Promise<Pass2PayOptions> | Pass2PayOptions;
}
