import type { PlantedBug } from './planted-bugs.js';

/** @returns the program's path */
export function bundle(bug?: Omit<PlantedBug, 'breaks'>): Promise<string>;
