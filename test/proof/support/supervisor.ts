import type { Scene } from './describe-proof.js';
import type { Front } from './front.js';
import type { ShopProcess, ShopSettings } from './shop-process.js';

/** Keeps some processes running, each at an address of its own: what is killed is replaced by one that waits already. */
export class Supervisor {
  private readonly running: ShopProcess[] = [];
  private spare: ShopProcess;

  private constructor(
    private readonly scene: Scene,
    private readonly settings: ShopSettings,
    readonly fronts: readonly Front[],
  ) {
    this.spare = scene.prepare();
  }

  static async start(scene: Scene, settings: ShopSettings, processes: number): Promise<Supervisor> {
    const fronts = await Promise.all(Array.from({ length: processes }, () => scene.front()));
    const supervisor = new Supervisor(scene, settings, fronts);
    for (const index of fronts.keys()) await supervisor.replace(index);
    return supervisor;
  }

  get processes(): readonly ShopProcess[] {
    return this.running;
  }

  /** Kills the process at the index, and resolves when its successor listens. */
  async killAndReplace(index: number): Promise<void> {
    // Its port is anybody's from now on.
    this.fronts[index]!.leadTo(undefined);
    await this.running[index]!.kill();
    await this.replace(index);
  }

  private async replace(index: number): Promise<void> {
    const successor = this.spare;
    this.spare = this.scene.prepare();
    await successor.open(this.settings);
    this.running[index] = successor;
    this.fronts[index]!.leadTo(successor.port);
  }
}
