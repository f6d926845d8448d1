import { runScript } from '../lib/children.mjs';
import { PLAN, ratio, summary } from '../lib/measure.mjs';
import { atMost } from '../lib/targets.mjs';

const CALLS = 3_000;
const ROUNDS = Math.ceil(PLAN.rounds / 3);

const GROWING = [
  ['merchants', 'An order, by the number of configured merchants', [1, 10, 100]],
  ['resolver', 'An order, by the number of merchants behind a resolver, each in turn', [1, 1_000, 100_000]],
  ['outcomes', 'An outcome, by how many were handled before', [1_000, 10_000, 100_000, 1_000_000]],
  // These take a few µs each; with fewer calls, the run would end before V8 has compiled them.
  ['handlers', 'An outcome, by the number of handlers for other states', [1, 10, 100, 1_000], 60_000],
];

/** The cost of one order or outcome as other quantities grow: each size in fresh processes, in turns. */
export async function run(progress) {
  const groups = [];
  for (const [what, title, allSizes, wantedCalls = CALLS] of GROWING) {
    const calls = Math.max(20, Math.ceil(wantedCalls * PLAN.scale));
    const sizes = allSizes.filter((size) => size <= 1e6 * PLAN.growth);
    const samples = Object.fromEntries(sizes.map((size) => [size.toLocaleString('en'), []]));
    const memory = structuredClone(samples);
    for (let round = 0; round < ROUNDS; round++) {
      for (const size of sizes) {
        const said = await runScript('servers/scale.mjs', [what, String(size), String(calls)], ['--expose-gc']);
        samples[size.toLocaleString('en')].push(said.micros);
        memory[size.toLocaleString('en')].push(said.bytes);
      }
      progress(`${String(what)}, round ${String(round + 1)} of ${String(ROUNDS)}`);
    }
    const [smallest, largest] = [Object.keys(samples)[0], Object.keys(samples).at(-1)];
    groups.push({
      id: `scale-${String(what)}`,
      title,
      unit: 'µs',
      isTime: true,
      samples,
      memory: Object.fromEntries(
        Object.entries(memory).map(([size, bytes]) => [size, Math.round(summary(bytes).median)]),
      ),
      targets: [atMost(`the time at ${smallest} (flat, within a quarter)`, 1.25, ratio(samples, largest, smallest))],
    });
  }
  return groups;
}
