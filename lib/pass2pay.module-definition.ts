import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { NotifyPaths } from './notify/notify-paths.js';
import type { Pass2PayOptions } from './pass2pay.options.js';

/** What a module's registration takes besides the options themselves. */
export interface Pass2PayModuleExtras extends NotifyPaths {
  /** Makes the exported providers injectable everywhere without another import. */
  isGlobal?: boolean;
  /** The name of this instance, where several stand side by side: inject with `@InjectPass2Pay(CashierService, name)`. */
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

/** What a class for `useClass` or `useExisting` implements. */
export interface Pass2PayOptionsFactory {
  createPass2PayOptions(): Promise<Pass2PayOptions> | Pass2PayOptions;
}
