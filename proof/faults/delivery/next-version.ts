import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';

const REPOSITORY = join(import.meta.dirname, '../../..');
const PARTS = ['backend', 'client', 'proof/faults', 'package.json', 'tsconfig.json'] as const;

/** What the next version has more: a column that it adds before it runs, and a field that its own clients ask for. */
const CHANGES: readonly { readonly file: string; readonly before: string; readonly more: string }[] = [
  {
    file: 'backend/signals/signal.type.ts',
    before: "  @Field(() => SignalNodeType, { description: 'The signal that it happened to.' })\n",
    more: "  @Field(() => Int, { description: 'Of the next version.' })\n  generation!: number;\n\n",
  },
  { file: 'backend/signals/signal-node.ts', before: '    type: body.type,\n', more: '    ...{ generation: 2 },\n' },
  { file: 'client/document.ts', before: 'cursor stream epoch seq ', more: 'generation ' },
];

/** Makes the version of the repository that follows this one, in a folder: its schema has a field and its database a column more. */
export async function makeNextVersion(folder: string): Promise<void> {
  for (const part of PARTS) await cp(join(REPOSITORY, part), join(folder, part), { recursive: true });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  for (const { file, before, more } of CHANGES) {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    if (!text.includes(before)) throw new Error(`${file} is not what the next version is made of`);
    writeFileSync(path, text.replace(before, `${more}${before}`));
  }
  writeFileSync(
    join(folder, 'backend/migrations/9999_next.sql'),
    'alter table signal add column generation integer;\n',
  );
}
