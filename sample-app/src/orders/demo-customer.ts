/** Who is signed in. A real shop takes this from its session. */
export const DEMO_CUSTOMER = {
  /** The shop's own number of the customer; it stays the same for life. */
  custNo: 'C200492312',
  /** When the customer signed up. */
  registerTime: new Date('2021-05-26T08:09:32.190Z'),
} as const;
