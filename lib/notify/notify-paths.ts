/** Where the module itself receives notifies; see `Pass2PayModule.forRoot`. */
export interface NotifyPaths {
  /**
   * The path of a route that receives payment notifies, such as `pay/notify`: the module mounts it, verifies, processes and
   * answers. The application's global prefix is put before it; it needs no version in the URI. Without it, write a controller
   * with `@PaymentNotify`.
   */
  notifyPath?: string;
  /** As `notifyPath`, for the notifies of transfers. */
  transferNotifyPath?: string;
}

/** One built-in route. */
export interface NotifyRoutePath {
  kind: 'payment' | 'transfer';
  /** The name of the extra that gives it. */
  extra: 'notifyPath' | 'transferNotifyPath';
  /** Without slashes at its ends. */
  path: string;
}

/** The built-in routes of a registration. */
export function routesOf({ notifyPath, transferNotifyPath }: NotifyPaths): NotifyRoutePath[] {
  return [
    ...(notifyPath === undefined
      ? []
      : [{ kind: 'payment', extra: 'notifyPath', path: withoutEndSlashes(notifyPath) } as const]),
    ...(transferNotifyPath === undefined
      ? []
      : [{ kind: 'transfer', extra: 'transferNotifyPath', path: withoutEndSlashes(transferNotifyPath) } as const]),
  ];
}

/** Whether it can be the path of a route: segments of plain characters, without parameters and wildcards. */
export function isPlainPath(path: string): boolean {
  return /^[\w.~-]+(\/[\w.~-]+)*$/.test(path);
}

export function withoutEndSlashes(path: unknown): string {
  if (typeof path !== 'string') return '';
  return path.replaceAll(/^\/+|\/+$/g, '');
}
