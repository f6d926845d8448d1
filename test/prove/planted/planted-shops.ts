import type { ServerResponse } from 'node:http';
import { verify } from '../../../lib/protocol/signature/verify.js';
import { PlantedShop, type Params, type ShopOrder } from './planted-shop.js';

// Each is a shop that gets one thing wrong.

export class NoDedupe extends PlantedShop {
  protected override apply({ mchOrderNo = '', state }: Params): void {
    if (state === '2') this.books.fulfilments.push(mchOrderNo);
  }
}

/** What was told of an order once is not looked at again: “paid” after “closed” neither. */
export class DedupeByOrderOnly extends PlantedShop {
  private readonly told = new Set<string>();

  protected override apply(params: Params, order: ShopOrder): void {
    if (this.told.has(params['mchOrderNo']!)) return;
    this.told.add(params['mchOrderNo']!);
    super.apply(params, order);
  }
}

export class DedupeInMemory extends PlantedShop {
  private fulfilled = new Set<string>();

  protected override forget(): void {
    this.fulfilled = new Set();
  }

  protected override apply({ mchOrderNo = '', state }: Params): void {
    if (state !== '2' || this.fulfilled.has(mchOrderNo)) return;
    this.fulfilled.add(mchOrderNo);
    this.books.fulfilments.push(mchOrderNo);
  }
}

/** The work waits in memory, here until somebody looks. */
export class AcknowledgesBeforeTheWork extends PlantedShop {
  private waiting: (() => void)[] = [];

  override count(mchOrderNo: string): number {
    for (const work of this.waiting.splice(0)) work();
    return super.count(mchOrderNo);
  }

  protected override forget(): void {
    this.waiting = [];
  }

  protected override apply(params: Params, order: ShopOrder): void {
    this.waiting.push(() => super.apply(params, order));
  }
}

/** Not among the ten: the work waits in a queue that outlives the process, and is done after somebody has looked. */
export class KeepsAQueue extends PlantedShop {
  private readonly queue: (() => void)[] = [];

  override count(mchOrderNo: string): number {
    const before = super.count(mchOrderNo);
    for (const work of this.queue.splice(0)) work();
    return before;
  }

  protected override apply(params: Params, order: ShopOrder): void {
    this.queue.push(() => super.apply(params, order));
  }
}

export class ComparesNoAmount extends PlantedShop {
  protected override fits(): boolean {
    return true;
  }
}

export class TrustsReturnUrl extends PlantedShop {
  protected override thank(params: Params): void {
    if (this.isGenuine(params)) this.apply(params, this.orderOf(params)!);
  }
}

/** What its orders say is all that it has: a closed one counts as never paid. */
export class SetsClosedOverPaid extends PlantedShop {
  override count(mchOrderNo: string): number {
    return this.books.orders.get(mchOrderNo)?.state === 'paid' ? 1 : 0;
  }

  protected override apply({ state }: Params, order: ShopOrder): void {
    order.state = state === '2' ? 'paid' : 'closed';
  }
}

export class AnswersInJson extends PlantedShop {
  protected override acknowledge(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"data":"success"}');
  }
}

export class AnswersWithANewline extends PlantedShop {
  protected override acknowledge(response: ServerResponse): void {
    response.end('success\n');
  }
}

/** Whichever merchant a message names, the one secret of the configuration is taken. */
export class TrustsOneMerchantForAll extends PlantedShop {
  protected override isGenuine({ sign, ...params }: Params): boolean {
    return !Object.values(params).some((value) => value.includes('&')) && verify(params, sign, this.merchant.secret);
  }

  protected override orderOf({ mchOrderNo = '' }: Params): ShopOrder | undefined {
    return this.books.orders.get(mchOrderNo);
  }
}

/** Not among the ten: the signature is not looked at. */
export class VerifiesNothing extends PlantedShop {
  protected override isGenuine(): boolean {
    return true;
  }
}

/** Not among the ten: any value may hold an `&`. */
export class TakesAmpersands extends PlantedShop {
  protected override isGenuine({ sign, ...params }: Params): boolean {
    return params['mchNo'] === this.merchant.mchNo && verify(params, sign, this.merchant.secret);
  }
}

/** Not among the ten: what is told again fails by a unique key, for ever. */
export class FailsOnRepetition extends PlantedShop {
  protected override handle(params: Params, response: ServerResponse): void {
    if (this.isGenuine(params) && this.orderOf(params)?.state === 'paid') response.writeHead(500).end();
    else super.handle(params, response);
  }
}

/** Not among the ten: nothing is ever done. */
export class DoesNothing extends PlantedShop {
  protected override apply(): void {}
}
