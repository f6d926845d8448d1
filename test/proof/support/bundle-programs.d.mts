/** The folder of the bundled programs, `<program>.cjs`. */
export const PROGRAMS: string;
export default function bundlePrograms(): Promise<void>;
