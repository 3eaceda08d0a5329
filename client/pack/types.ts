import { readFileSync, writeFileSync } from 'node:fs';
import { SCHEMA_TYPES, schemaTypes } from './schema-types.ts';

/** Writes client/schema.ts; with --check it only tells whether that is needed, by exit code 1. */
const text = await schemaTypes();
if (!process.argv.includes('--check')) writeFileSync(SCHEMA_TYPES, text);
else if (readFileSync(SCHEMA_TYPES, 'utf8') !== text) {
  process.stdout.write('client/schema.ts is not what schema.graphql says: npm run docs\n');
  process.exitCode = 1;
}
