/** The built-in notify routes; see `Pass2PayModule.forRoot`. */
export interface NotifyPaths {
  /**
   * The path of a built-in route for payment notifies, such as `pay/notify`: the module mounts it, verifies and
   * processes notifies, and responds. The application's global prefix applies; versioning does not. Without it, write a
   * controller with `@PaymentNotify`.
   */
  notifyPath?: string;
  /** Same as `notifyPath`, for transfer notifies. */
  transferNotifyPath?: string;
}

/** One built-in route. */
export interface NotifyRoutePath {
  kind: 'payment' | 'transfer';
  /** The name of the extra that sets it. */
  extra: 'notifyPath' | 'transferNotifyPath';
  /** Without leading and trailing slashes. */
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

/** Whether it is a valid route path: segments of plain characters, without parameters and wildcards. */
export function isPlainPath(path: string): boolean {
  return /^[\w.~-]+(\/[\w.~-]+)*$/.test(path);
}

export function withoutEndSlashes(path: unknown): string {
  if (typeof path !== 'string') return '';
  return path.replaceAll(/^\/+|\/+$/g, '');
}
