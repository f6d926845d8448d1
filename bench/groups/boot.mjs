import { runScript } from '../lib/children.mjs';
import { PLAN, summary } from '../lib/measure.mjs';
import { noMore } from '../lib/targets.mjs';

/** How much the module adds to the start of an application: fresh processes, in turns. */
export async function run(progress) {
  const kinds = {
    'empty application': 'empty',
    'with the peer packages loaded': 'peers',
    'with nestjs-pass2pay': 'module',
  };
  const boot = Object.fromEntries(Object.keys(kinds).map((name) => [name, []]));
  const load = Object.fromEntries(Object.keys(kinds).map((name) => [name, []]));
  for (let round = 0; round < PLAN.processes; round++) {
    for (const [name, kind] of Object.entries(kinds)) {
      const said = await runScript('servers/boot.mjs', [kind]);
      boot[name].push(said.boot);
      load[name].push(said.load);
    }
    progress(`round ${round + 1} of ${PLAN.processes}`);
  }
  const added = (times) =>
    summary(times['with nestjs-pass2pay'].map((ms, i) => ms - times['empty application'][i])).median;
  return [
    {
      id: 'boot',
      title: 'Booting a Nest application: create and init',
      unit: 'ms',
      isTime: true,
      samples: boot,
      targets: [noMore('added to the boot', 50, 'ms', added(boot))],
    },
    {
      id: 'load',
      title: 'Loading the code, before the boot',
      unit: 'ms',
      isTime: true,
      samples: load,
      targets: [],
    },
  ];
}
