// The rooms of lib/, from the lowest up, and the package of the sandbox beside it. A room may import rooms below its own line, type imports included; rooms on one
// line know nothing of each other. docs: CONTRIBUTING.md, "Where things are".
const LINES = [
  ['protocol'],
  ['errors', 'openapi'],
  ['validation', 'telemetry'],
  ['merchants'],
  ['client'],
  ['payments', 'transfers'],
  ['verification'],
  ['outcomes'],
  ['notify', 'redis', 'bullmq', 'database', 'health'],
  ['terminus', 'nest'],
];

/** They stand on top of the rooms, and import whatever they need of them. */
const ON_TOP = ['pass2pay-client', 'config', 'schematics', 'command'];

/** From protocol to verification nothing knows of Nest, so that these rooms work without an application. */
const WITHOUT_NEST = LINES.slice(0, LINES.findIndex((line) => line.includes('verification')) + 1).flat();

const of = (rooms) => `^lib/(${rooms.join('|')})/`;

const upward = LINES.flatMap((line, index) => {
  const above = LINES.slice(index + 1).flat();
  return line.map((room) => ({
    name: `no-arrow-up-from-${room}`,
    severity: 'error',
    comment: `${room} may import rooms below it only`,
    from: { path: of([room]) },
    to: { path: of([...above, ...line.filter((other) => other !== room), ...ON_TOP]) },
  }));
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    ...upward,
    {
      name: 'no-arrow-to-the-top',
      severity: 'error',
      comment: 'what composes the rooms is above them; its tokens are names that decorators of the upper rooms need',
      from: { path: of(LINES.flat()) },
      to: { path: '^lib/[^/]+\\.ts$', pathNot: '^lib/pass2pay\\.tokens\\.ts$' },
    },
    {
      name: 'no-token-below-outcomes',
      severity: 'error',
      from: { path: of(WITHOUT_NEST) },
      to: { path: '^lib/pass2pay\\.tokens\\.ts$' },
    },
    {
      name: 'no-nest-in-the-client',
      severity: 'error',
      from: { path: '^lib/(pass2pay-client/|pass2pay\\.options)' },
      to: { path: '(^|/)@nestjs/', reachable: true },
    },
    {
      name: 'no-nest-from-protocol-to-verification',
      severity: 'error',
      from: { path: of(WITHOUT_NEST) },
      to: { path: '(^|/)@nestjs/' },
    },
    {
      name: 'library-without-the-sandbox',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^sandbox/' },
    },
    {
      name: 'sandbox-by-subpaths',
      severity: 'error',
      comment: 'the sandbox has of the library what everybody has',
      from: { path: '^sandbox/' },
      to: { path: '^lib/', pathNot: ['^lib/index\\.ts$', '^lib/[^/]+/index\\.ts$'] },
    },
    {
      name: 'engine-knows-only-the-protocol',
      severity: 'error',
      comment: 'the gateway is an oracle: what it answers must not come from the client that it tests',
      from: { path: '^sandbox/gateway/' },
      to: { path: '^(lib|sandbox)/', pathNot: '^(sandbox/gateway|lib/protocol)/' },
    },
    {
      name: 'nest-apart-from-testing',
      severity: 'error',
      comment: 'each works without the other, and both without the command',
      from: { path: '^sandbox/(nest|testing)/' },
      to: { path: '^sandbox/', pathNot: '^sandbox/(gateway/|$1/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.sources.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
