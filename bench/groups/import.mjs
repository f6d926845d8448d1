import { runScript } from '../lib/children.mjs';
import { PLAN } from '../lib/measure.mjs';
import { atMost } from '../lib/targets.mjs';

const NEST = 'Nest: common, core and platform-express';
const PEERS = 'then axios, class-validator, class-transformer and undici';
const MODULE = 'then nestjs-pass2pay';

/**
 * The cost of importing the package in fresh processes, after Nest and the packages that it depends on. The target
 * compares the minimum of all runs, which other processes affect least.
 */
export async function run(progress) {
  const samples = { [NEST]: [], [PEERS]: [], [MODULE]: [] };
  for (let round = 0; round < PLAN.processes; round++) {
    const { nest, peers, module } = await runScript('servers/import.mjs');
    samples[NEST].push(nest);
    samples[PEERS].push(peers);
    samples[MODULE].push(module);
    progress(`round ${round + 1} of ${PLAN.processes}`);
  }
  const share = Math.min(...samples[MODULE]) / Math.min(...samples[NEST]);
  return [
    {
      id: 'import',
      title: 'CPU of importing the package, in a fresh process',
      unit: 'ms',
      isTime: true,
      samples,
      targets: [atMost('the CPU of importing Nest, least of all runs', 0.13, share)],
    },
  ];
}
