export interface Product {
  id: string;
  name: string;
  /** Minor units: 8800 is 88.00 yuan. */
  amount: number;
}

export const CURRENCY = 'cny';

/** What the shop sells. A price is taken from here, never from the browser. */
export const CATALOGUE: readonly Product[] = [
  { id: 'tea', name: 'Longjing tea, 100 g', amount: 8800 },
  { id: 'cup', name: 'Celadon cup', amount: 12_650 },
  { id: 'set', name: 'Tea set for two', amount: 100_310 },
];

export function findProduct(id: unknown): Product | undefined {
  return CATALOGUE.find((product) => product.id === id);
}
