/** What the sandbox's clock says, whatever this device's own one says. */
export class ServerClock {
  #ahead = 0;

  /** @param {number} now the sandbox's time at this moment, ms since 1970 */
  set(now) {
    this.#ahead = now - Date.now();
  }

  /** ms since 1970; runs on while the device sleeps. */
  now() {
    return Date.now() + this.#ahead;
  }
}
