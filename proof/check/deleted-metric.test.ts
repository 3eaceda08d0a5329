import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { smallRepository } from './testing.ts';

const CATALOGUE = 'backend/metrics/catalogue.ts';
const catalogue = readFileSync(join(import.meta.dirname, '../..', CATALOGUE), 'utf8');
/** What dashboards are made of. */
const MADE_OF = ['alerts', 'backend/calendar', 'dashboards'];

async function typesOf(text: string) {
  const repository = await smallRepository({ [CATALOGUE]: text }, MADE_OF);
  onTestFinished(repository.close);
  return repository.check('types');
}

function without(family: string): string {
  const left = catalogue.replace(new RegExp(`^  ${family}: \\{\\n(?: {4}.*\\n)+  \\},\\n`, 'm'), '');
  if (left === catalogue) throw new Error(`the catalogue has no ${family}`);
  return left;
}

it('a metric that a panel uses cannot be deleted: the check names the dashboard', { timeout: 120_000 }, async () => {
  const { code, output } = await typesOf(without('openGaps'));
  expect(code).toBe(1);
  expect(output).toMatch(/dashboards\/boards\/market-data\.ts\(\d+,\d+\): error TS\d+: .*"openGaps"/);
});

it('with all of them it holds', { timeout: 120_000 }, async () => {
  expect(await typesOf(catalogue)).toMatchObject({ code: 0 });
});
