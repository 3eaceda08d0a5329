import { expect, it } from 'vitest';
import { allocatable } from './nodes.ts';

it('leaves for pods what GKE does not keep of a machine', () => {
  // 8 cores: 60 + 10 + 10 + 10 are kept; 32 GiB: 1 + 0.8 + 0.8 + 0.96 GiB and 100 MiB. Beside that, what its own pods ask for.
  expect(allocatable('n2-standard-8')).toEqual({
    cpu: 8000 - 90 - 400,
    memory: 32_768 - Math.ceil(3.56 * 1024) - 100 - 700,
  });
});

it('knows no machine whose size its name does not tell', () => {
  expect(() => allocatable('e2-medium')).toThrow('"e2-medium" is no machine whose size is known here');
});
