const PLANS = {
  whole: { rounds: 9, ms: 400, warmUpMs: 300, processes: 15, warmUpBatches: 30, batches: 80, scale: 1, growth: 1 },
  quick: { rounds: 3, ms: 100, warmUpMs: 200, processes: 3, warmUpBatches: 8, batches: 7, scale: 0.75, growth: 0.1 },
  smoke: { rounds: 1, ms: 20, warmUpMs: 0, processes: 1, warmUpBatches: 1, batches: 1, scale: 0.01, growth: 0.01 },
};

/**
 * How often cases are measured, and for how many ms each time: `scale` is the share of the calls in a batch, `growth`
 * the share of the largest size.
 */
export const PLAN = PLANS[process.env.BENCH_SMOKE ? 'smoke' : process.argv.includes('--quick') ? 'quick' : 'whole'];

/**
 * Measures cases in turns, so that other load on the machine affects all of them equally. Each round starts with a
 * different case.
 *
 * @param {Record<string, (ms: number) => Promise<number>>} cases each runs for `ms` and resolves with its rate per
 * second
 * @returns {Promise<Record<string, number[]>>} one value per case and round
 */
export async function interleaved(cases, { rounds = PLAN.rounds, ms = PLAN.ms, warmUpMs = PLAN.warmUpMs, progress }) {
  const names = Object.keys(cases);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  if (warmUpMs > 0) for (const name of names) await cases[name](warmUpMs);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length];
      samples[name].push(await cases[name](ms));
    }
    progress?.(`round ${round + 1} of ${rounds}`);
  }
  return samples;
}

/** A case that calls a function repeatedly. */
export function repeated(call) {
  return async (ms) => {
    const until = performance.now() + ms;
    const from = performance.now();
    let calls = 0;
    // The clock is read once per 50 calls, because reading it costs time too.
    do {
      for (let i = 0; i < 50; i++) call(calls + i);
      calls += 50;
    } while (performance.now() < until);
    return (calls / (performance.now() - from)) * 1000;
  };
}

/**
 * Measures cases in many short rounds, because other load on the machine changes within seconds, and counts only those
 * after a warm-up: in a long-running process, code is compiled, which takes tens of thousands of calls.
 */
export async function interleavedBatches(cases, progress) {
  const { warmUpBatches, batches } = PLAN;
  const samples = await interleaved(cases, { warmUpMs: 0, rounds: warmUpBatches + batches, progress });
  return Object.fromEntries(Object.entries(samples).map(([name, rates]) => [name, rates.slice(warmUpBatches)]));
}

/** A case that keeps `concurrency` calls of an asynchronous function in flight. */
export function concurrent(call, concurrency) {
  return async (ms) => {
    const from = performance.now();
    const until = from + ms;
    let calls = 0;
    const lane = async () => {
      while (performance.now() < until) {
        await call(calls);
        calls += 1;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
    return (calls / (performance.now() - from)) * 1000;
  };
}

/** A case that prepares calls, and then keeps `concurrency` of them in flight. */
export function batched(prepare, concurrency) {
  return async () => {
    const calls = prepare();
    const count = calls.length;
    const from = performance.now();
    const lane = async () => {
      for (let call = calls.pop(); call !== undefined; call = calls.pop()) await call();
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
    return (count / (performance.now() - from)) * 1000;
  };
}

/**
 * Runs work while this process never sleeps. Otherwise a client sleeps between two responses of a slow server, and that
 * server pays for waking it each time, which a faster one does not.
 */
export async function awake(work) {
  let isDone = false;
  const spin = () => {
    if (!isDone) setImmediate(spin);
  };
  spin();
  try {
    return await work();
  } finally {
    isDone = true;
  }
}

/** @returns {{ median: number, low: number, high: number }} the median, and the quartiles around it */
export function summary(samples) {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share) => {
    const place = (sorted.length - 1) * share;
    const below = sorted[Math.floor(place)];
    return below + (sorted[Math.ceil(place)] - below) * (place - Math.floor(place));
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** How many times the value of another case a case has: the median of the ratios per round, with its quartiles. */
export function ratio(samples, name, other) {
  return summary(samples[name].map((value, round) => value / samples[other][round]));
}
