import type { Job } from 'bullmq';

interface Unrecorded {
  /** In ms since 1970. */
  since: number;
  recorded: Promise<void>;
  settle(): void;
}

/** The jobs of this process, from the start of their handlers until the server has recorded their results. */
export class JobsUnderWay {
  private readonly running = new Set<Promise<unknown>>();
  private readonly unrecorded = new Map<string, Unrecorded>();

  /** @param lockDurationMs after this time the server no longer accepts results of this process. */
  constructor(private readonly lockDurationMs: number) {}

  async run<T>({ id }: Pick<Job, 'id'>, work: () => Promise<T>): Promise<T> {
    const running = work();
    this.running.add(running);
    try {
      return await running;
    } finally {
      this.running.delete(running);
      this.expectRecord(id!);
    }
  }

  /** Called when the server has recorded the job's result. */
  recorded({ id }: Pick<Job, 'id'>): void {
    this.unrecorded.get(id!)?.settle();
    this.unrecorded.delete(id!);
  }

  /** Resolves when the running handlers have ended. */
  async allHandled(): Promise<void> {
    await Promise.allSettled(this.running);
  }

  /** Resolves when the server has recorded all results. */
  async allRecorded(): Promise<void> {
    await Promise.all([...this.unrecorded.values()].map(({ recorded }) => recorded));
  }

  private expectRecord(id: string): void {
    const now = Date.now();
    for (const [other, { since }] of this.unrecorded) {
      if (now - since > this.lockDurationMs) this.recorded({ id: other });
    }
    let settle = () => {};
    const recorded = new Promise<void>((resolve) => {
      settle = resolve;
    });
    this.unrecorded.set(id, { since: now, recorded, settle });
  }
}
