import type { OpeningTrouble, ShopOrder } from '../books/shop-order.entity.js';

/** What a customer is told of an order. */
export type ResultKind = 'opening' | 'waiting' | OpeningTrouble | 'paid' | 'late' | 'failed' | 'closed' | 'refunded';

export function resultKind({ state, late, cashierUrl, trouble }: ShopOrder): ResultKind {
  if (state === 'paid') return late ? 'late' : 'paid';
  if (state !== 'new') return state;
  return cashierUrl === null ? (trouble ?? 'opening') : 'waiting';
}

/** Whether the page need not wait for more. A failed or closed order may still turn out to be paid. */
export function isOver(kind: ResultKind): boolean {
  return kind === 'paid' || kind === 'late' || kind === 'refunded';
}
