import { beforeAll, it } from '@jest/globals';

type Test = () => Promise<void>;

/**
 * The `it` of tests that mostly wait: those of a `describe` run beside each other, before its other tests. Under
 * `it.concurrent` Jest would refuse every lazy import() of the others, such as Nest’s, once one of them has ended.
 *
 * @param run runs one of them to its end
 */
export function besideEachOther(
  run: (test: Test) => Promise<void> = (test) => test(),
): (name: string, test: Test) => void {
  const tests = new Map<string, Test>();
  const ends = new Map<string, PromiseSettledResult<void>>();
  beforeAll(async () => {
    const settled = await Promise.allSettled([...tests.values()].map(run));
    for (const [index, name] of [...tests.keys()].entries()) ends.set(name, settled[index]!);
  });
  return (name, test) => {
    tests.set(name, test);
    it(name, () => {
      const end = ends.get(name)!;
      if (end.status === 'rejected') throw end.reason;
    });
  };
}
