import type { Benchmark } from '../benchmark.ts';
import { cold } from './cold.ts';
import { features } from './features.ts';
import { hot } from './hot.ts';
import { ingest } from './ingest.ts';

export const benchmarks: readonly Benchmark[] = [hot, cold, ingest, features];
