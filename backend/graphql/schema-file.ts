import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSchema, schemaText } from './schema.ts';

const FILE = join(import.meta.dirname, '../../schema.graphql');

/** Writes schema.graphql, or with --check says whether it is the schema of the code. Nothing is resolved, so no resolver is made. */
const text = schemaText(createSchema({ get: () => undefined }));
if (process.argv.includes('--check')) {
  const current = readFileSync(FILE, 'utf8') === text;
  process.stdout.write(
    current
      ? 'schema.graphql is up to date\n'
      : 'schema.graphql is not the schema of the code: npm run docs writes it\n',
  );
  process.exitCode = current ? 0 : 1;
} else {
  writeFileSync(FILE, text);
}
