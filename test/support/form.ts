/** Which of a test's two forms runs: both assert the same; the short one, of the gate, tries less. */
export const IS_LONG = process.env['LONG'] === '1';
