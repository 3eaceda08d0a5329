import { links } from './checks/links.ts';
import { names } from './checks/names.ts';
import { queries } from './checks/queries.ts';
import { scalers } from './checks/scalers.ts';
import { listed, pairs, shape } from './checks/shape.ts';
import { logTexts, open, syntax } from './checks/shell.ts';
import { untold } from './verify/cases.ts';
import type { Finding, World } from './world.ts';

/** What needs nothing but the repository, and takes seconds. */
export async function staticFindings(world: World): Promise<Finding[]> {
  return [
    ...pairs(world),
    ...shape(world),
    ...listed(world),
    ...(await syntax(world)),
    ...open(world),
    ...names(world),
    ...scalers(world),
    ...logTexts(world),
    ...queries(world),
    ...untold(world),
    ...links(world),
  ];
}
