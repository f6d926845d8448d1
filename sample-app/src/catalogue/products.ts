export type ProductId = 'tea' | 'cup' | 'set' | 'puer' | 'caddy' | 'scoop';

/** What it is called stands in the texts, its picture in public/products. */
export interface Product {
  id: ProductId;
  /** Minor units: 8800 is 88.00 yuan. */
  amount: number;
}

export const CURRENCY = 'cny';

/** What the shop sells. A price is taken from here, never from the browser. */
export const CATALOGUE: readonly Product[] = [
  { id: 'tea', amount: 8800 },
  { id: 'cup', amount: 12_650 },
  { id: 'set', amount: 100_310 },
  { id: 'puer', amount: 26_800 },
  { id: 'caddy', amount: 15_900 },
  { id: 'scoop', amount: 4_900 },
];

export function findProduct(id: unknown): Product | undefined {
  return CATALOGUE.find((product) => product.id === id);
}
