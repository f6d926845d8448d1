import type { Scene } from './describe-proof.js';
import type { Front } from './front.js';
import type { InboxShopSettings, Program, ShopProcess, ShopSettings } from './shop-process.js';

/** Keeps some processes running, each at an address of its own: what is killed is replaced by one that waits already. */
export class Supervisor {
  private readonly running: ShopProcess[] = [];
  private spare: ShopProcess;

  private constructor(
    private readonly scene: Scene,
    private readonly settings: ShopSettings | InboxShopSettings,
    readonly fronts: readonly Front[],
    private readonly program: Program,
  ) {
    this.spare = scene.prepare(program);
  }

  static async start(
    scene: Scene,
    settings: ShopSettings | InboxShopSettings,
    processes: number,
    program: Program = 'shop',
  ): Promise<Supervisor> {
    const fronts = await Promise.all(Array.from({ length: processes }, () => scene.front()));
    const supervisor = new Supervisor(scene, settings, fronts, program);
    for (const index of fronts.keys()) await supervisor.replace(index);
    return supervisor;
  }

  get processes(): readonly ShopProcess[] {
    return this.running;
  }

  /** Replaces the process at the index, which has died. Meanwhile another one takes what comes to its address. */
  async replaceDead(index: number): Promise<void> {
    this.fronts[index]!.leadTo(this.running[(index + 1) % this.running.length]!.port);
    await this.replace(index);
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
    this.spare = this.scene.prepare(this.program);
    await successor.open(this.settings);
    this.running[index] = successor;
    this.fronts[index]!.leadTo(successor.port);
  }
}
