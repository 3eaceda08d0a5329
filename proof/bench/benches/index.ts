import type { Benchmark } from '../benchmark.ts';
import { features } from './features.ts';
import { ingest } from './ingest.ts';

export const benchmarks: readonly Benchmark[] = [ingest, features];
