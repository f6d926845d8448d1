// Runs the built schematic in trees in memory, for a parent that sends the files, or has the Nest CLI's schematic make them. In a process of its own, because the
// schematics' packages mix module kinds in a way that Jest cannot load.
import { fileURLToPath } from 'node:url';
import { HostTree } from '@angular-devkit/schematics';
import { SchematicTestRunner } from '@angular-devkit/schematics/testing/index.js';

const collection = fileURLToPath(new URL('../../../dist/schematics/collection.json', import.meta.url));
const ofNest = fileURLToPath(new URL('collection.json', import.meta.resolve('@nestjs/schematics')));

async function add({ id, newApplication, files, options }) {
  const tree = await newTree(newApplication);
  for (const [path, text] of Object.entries(files)) tree.create(path, text);
  const runner = new SchematicTestRunner('nestjs-pass2pay', collection);
  const told = [];
  runner.logger.subscribe(({ level, message }) => told.push(`${level}: ${message}`));
  try {
    const result = await runner.runSchematic('nest-add', options, tree);
    const after = Object.fromEntries(result.files.map((path) => [path, result.readText(path)]));
    process.send({ id, files: after, tasks: runner.tasks.map(({ name }) => name), told });
  } catch (error) {
    process.send({ id, error: error.message });
  }
}

/** Empty, or with what `nest new` writes for these answers. */
async function newTree(newApplication) {
  const tree = new HostTree();
  if (newApplication === undefined) return tree;
  const runner = new SchematicTestRunner('@nestjs/schematics', ofNest);
  const made = await runner.runSchematic('application', { ...newApplication, name: 'shop', language: 'ts' });
  for (const path of made.files) tree.create(path.slice('/shop'.length), made.readText(path));
  return tree;
}

process.on('message', (message) => void add(message));
process.on('disconnect', () => process.exit());
