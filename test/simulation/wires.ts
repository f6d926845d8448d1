import type { Life } from './life.js';
import type { Scheduler } from './scheduler.js';

/** From how many ms on a process counts as kept waiting. */
const LONG_MS = 2_000;

/** What a wire between a process and a server may do. */
export type WireFault =
  /** The connection is refused: the request has provably not been sent. */
  | 'refused'
  /** The request is lost, and the connection is reset. */
  | 'lost'
  /** The request is carried out, and the connection is reset before the answer. */
  | 'answer lost'
  /** As `lost` and `answer lost`, but nobody is told. */
  | 'lost in silence'
  | 'answer lost in silence'
  /** The request is carried out twice, as by a client that sends it again. */
  | 'twice'
  /** The process ends before the request leaves, or after it was carried out. */
  | 'crash before'
  | 'crash after';

/** What a socket to a server in another place may do. */
export const SOCKET_FAULTS: readonly WireFault[] = [
  'refused',
  'lost',
  'answer lost',
  'lost in silence',
  'answer lost in silence',
  'crash before',
  'crash after',
];

interface Request<Result> {
  life: Life;
  /** Such as `P1 → Redis: claim`. */
  what: string;
  faults: readonly WireFault[];
  perform: () => Result | Promise<Result>;
  /** Whether the answer comes in the same step: a server so near that nothing happens between. */
  isNear?: boolean;
  /** What the client throws. */
  broken: (fault: 'refused' | 'reset') => Error;
}

/** Carries requests from processes to servers, and the answers back; a crash of the process may be the end of it. */
export class Wires {
  constructor(
    private readonly scheduler: Scheduler,
    private readonly kill: (life: Life) => void,
  ) {}

  /** Two steps, between which other things happen: the request arrives, and the answer arrives. */
  exchange<Result>({ life, what, faults, perform, isNear = false, broken }: Request<Result>): Promise<Result> {
    const { scheduler } = this;
    return new Promise<Result>((resolve, reject) => {
      if (life.isDead) return;
      const answer = (how: string, settle: () => void) => {
        if (isNear) return life.isDead || scheduler.time.as(life, settle);
        return scheduler.add(life, `${what}: ${how}`, (sinceMs) => {
          if (sinceMs >= LONG_MS) life.troubles++;
          settle();
        });
      };
      const carryOut = async (): Promise<() => void> => {
        try {
          const result = await perform();
          return () => resolve(result);
        } catch (error) {
          return () => reject(error);
        }
      };
      // A process that is dead by then may have sent it.
      scheduler.add(undefined, what, async (sinceMs) => {
        const fault = scheduler.choices.fault(faults);
        if (fault !== undefined || sinceMs >= LONG_MS) life.troubles++;
        if (fault !== undefined) scheduler.tell(() => `  ${what}: ${fault}`);
        switch (fault) {
          case 'refused':
            return answer('refused', () => reject(broken('refused')));
          case 'lost':
            return answer('reset', () => reject(broken('reset')));
          case 'lost in silence':
            return;
          case 'answer lost':
            await carryOut();
            return answer('reset', () => reject(broken('reset')));
          case 'answer lost in silence':
            await carryOut();
            return;
          case 'crash before':
            return this.kill(life);
          case 'crash after':
            await carryOut();
            return this.kill(life);
          case 'twice':
            await carryOut();
            return answer('answered', await carryOut());
          case undefined:
            return answer('answered', await carryOut());
        }
      });
    });
  }

  /** One step of a process that talks to nobody else, such as a write to its disk. */
  step<Result>(life: Life, what: string, perform: () => Result): Promise<Result> {
    const { scheduler } = this;
    return new Promise<Result>((resolve, reject) => {
      scheduler.add(life, what, () => {
        if (scheduler.choices.fault(['crash before']) !== undefined) {
          scheduler.tell(() => `  ${what}: crash before`);
          return this.kill(life);
        }
        try {
          resolve(perform());
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}
