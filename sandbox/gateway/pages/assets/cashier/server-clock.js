/** The sandbox's time, independent of this device's clock. */
export class ServerClock {
  #ahead = 0;

  /** @param {number} now the sandbox's current time, in ms since 1970 */
  set(now) {
    this.#ahead = now - Date.now();
  }

  /** In ms since 1970; continues while the device sleeps. */
  now() {
    return Date.now() + this.#ahead;
  }
}
