import { ShopProcess, type ShopSettings } from './shop-process.js';

/** Keeps a process of each settings running: what is killed is replaced at once by one that waits already. */
export class Supervisor {
  private readonly running: ShopProcess[] = [];
  private spare = ShopProcess.prepare();

  private constructor(private readonly settings: readonly ShopSettings[]) {}

  static async start(settings: readonly ShopSettings[]): Promise<Supervisor> {
    const supervisor = new Supervisor(settings);
    for (const index of settings.keys()) await supervisor.replace(index);
    return supervisor;
  }

  get processes(): readonly ShopProcess[] {
    return this.running;
  }

  /** Kills the process at the index, and resolves when its successor listens. */
  async killAndReplace(index: number): Promise<void> {
    await this.running[index]!.kill();
    await this.replace(index);
  }

  private async replace(index: number): Promise<void> {
    const successor = this.spare;
    this.spare = ShopProcess.prepare();
    await successor.open(this.settings[index]!);
    this.running[index] = successor;
  }
}
