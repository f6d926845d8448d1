/** An amount of minor units as people read it: 8800 cny is CN¥88.00. */
export function price(amount: number, currency: string): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(amount / 100);
}
