/** The sandbox's data file cannot be used; the message contains its path and what to do. */
export class SandboxDataFileError extends Error {
  constructor(
    readonly path: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`The sandbox's data file ${path} ${message}`, options);
    this.name = 'SandboxDataFileError';
  }
}
