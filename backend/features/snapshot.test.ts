import { describe, expect, it } from 'vitest';
import { calendarById } from '../calendar/index.ts';
import { FEATURE_NAMES, featureSpec, WARM_UP_BARS } from './feature-spec.ts';
import { minuteBars, sessionsOf } from './random-walk.fixture.ts';
import { bitsOf, type KeptVector, runEngine } from './run-engine.fixture.ts';
import { snapshot } from './snapshot.ts';

const xnys = calendarById('XNYS');
const bars = minuteBars(sessionsOf(xnys, '2024-07-01', 2), { seed: 21 });
const vectors = runEngine(bars, { calendar: xnys }).filter((vector) => vector !== null);

describe('a snapshot', () => {
  it('reads back to the vector, to the last bit', () => {
    const read = vectors.map((vector): KeptVector => {
      const { values, gap, atr, close } = snapshot(vector);
      return {
        values: Float64Array.from(FEATURE_NAMES, (name) => Number(values[name])),
        gap,
        atr: Number(atr),
        close: Number(close),
      };
    });
    expect(bitsOf(read)).toEqual(bitsOf(vectors));
    expect(vectors.length).toBe(390);
  });

  it('names the features in the order of the vector', () => {
    const [vector] = vectors as [KeptVector];
    expect(Object.keys(snapshot(vector).values)).toEqual([...FEATURE_NAMES]);
  });

  it('has a hash that tells any two vectors apart, and equal ones not', () => {
    const [vector] = vectors as [KeptVector];
    const other = { ...vector, gap: !vector.gap };
    const hashes = [...vectors, other].map((each) => snapshot(each).hash);
    expect(new Set(hashes).size).toBe(vectors.length + 1);
    expect(snapshot({ ...vector, values: vector.values.slice() }).hash).toBe(hashes[0]);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the feature spec', () => {
  it('has the hash that stored models name: another one means that they no longer fit', () => {
    expect(featureSpec).toMatchObject({ version: 1, names: FEATURE_NAMES, warmUpBars: WARM_UP_BARS });
    expect(featureSpec.hash).toBe('2c27fbec0351eec35a90115878595558e8736ecc5b391b5811a029fa31b6c591');
  });
});
