import { expect, it } from 'vitest';
import { smoke } from './smoke.ts';

const asked = (...program: string[]) =>
  smoke({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none', program }, () => undefined);

it('tells of a program that the system does not start', async () => {
  const { fault, p95Ms } = await asked('/nowhere/node');
  expect(fault).toBe('the role api was not started: spawn /nowhere/node ENOENT');
  expect(p95Ms).toBeNull();
});

it('tells what a program said that ends before it is ready', async () => {
  const { fault } = await asked(process.execPath, '-e', 'console.error("no such database"); process.exitCode = 3');
  expect(fault).toBe('the role api ended with exit code 3: no such database');
});
