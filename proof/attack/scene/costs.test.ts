import { expect, it } from 'vitest';
import { measure, stallText } from './costs.ts';

/** A process that is late by these times, one after the other, on a machine that is; the last goes on for ever. */
function sceneOf(late: readonly number[], machine: readonly number[]) {
  let done = 0;
  const at = (values: readonly number[]): number => values[Math.min(done - 1, values.length - 1)] ?? 0;
  const production = {
    figures: async () =>
      new Map([
        ['nodejs_eventloop_lag_max_seconds', at(late) / 1_000],
        ['process_cpu_seconds_total', done * 10],
        ['process_resident_memory_bytes', 1_048_576 * done],
      ]),
  };
  const work = async (): Promise<boolean> => {
    done += 1;
    return true;
  };
  return { production, machine: { delayMs: async () => at(machine) }, work, times: () => done };
}

it('tells the first time beside the median of five', async () => {
  const scene = sceneOf([90, 5, 40, 6, 7, 8], [0]);
  const found = await measure(scene, scene.work);
  expect(found).toMatchObject({
    ...{ first: { stallMs: 90, growthMb: 1 }, usual: { stallMs: 7, growthMb: 1 } },
    ...{ times: 5, machineMs: 0, isQuiet: true },
  });
  expect(scene.times()).toBe(6);
});

it('lets the machine alone decide which times count, and not what was found', async () => {
  const scene = sceneOf([1, 1, 60, 1, 61, 1, 62, 63, 64], [0, 100, 0, 100, 0, 100, 0, 0, 0]);
  expect(await measure(scene, scene.work)).toMatchObject({ usual: { stallMs: 62 }, times: 5, isQuiet: true });
});

it('comes to an end on a machine that is never quiet, and says that it was not', async () => {
  const scene = sceneOf([20], [200]);
  const found = await measure(scene, scene.work);
  expect(found).toMatchObject({ usual: { stallMs: 20 }, times: 15, machineMs: 200, isQuiet: false });
  expect(found === null ? '' : stallText(found)).toContain('it was not quiet');
});

it('measures nothing once the work has found what it looked for, or where there are no figures', async () => {
  const scene = sceneOf([20], [0]);
  expect(await measure(scene, async () => false)).toBeNull();
  const blind = { ...scene, production: { figures: async () => null } };
  expect(await measure(blind, scene.work)).toBeNull();
});
