import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../backend/platform/errors.ts';
import { type Arguments, parseArguments } from './arguments.ts';
import type { Attack, Row } from './attack.ts';
import { ATTACKS } from './cases/index.ts';
import { perform } from './perform.ts';
import { counts, covered, header, line, passed, resultsPage, type Variants, variantsLine } from './report.ts';
import { openScene } from './scene/deployment.ts';
import { runVariants } from './variants/run-variants.ts';

const HELP = `Attacks the real service, started here in production with a database, an issuer of tokens and access control of its own, with all
cases of a list over HTTP, WebSocket and streams of events, and then with variants of them that a grammar makes up. Changes nothing else.

Usage: npm run attack -- [options]

  --only A,B         these cases, such as 16,54,S2.1
  --fast             without the cases that take many seconds
  --variants N       how many made-up variants are tried (default 400, with --fast 40, with --only none)
  --seed N           of the variants (default 1)
  --write-results    write proof/attack/RESULTS.md
  --help             this text

A case is SAFE, UNSAFE, or has NO SURFACE where what it attacks is not there, which a probe looks at each time.
Exit code: 0 nothing unsafe and at least 98 % of the variants safe, 1 otherwise, 2 a wrong argument.`;

const SAFE_VARIANTS = 0.98;
type Write = (line: string) => void;

process.exitCode = await main(process.argv.slice(2), (text) => process.stdout.write(`${text}\n`));

async function main(args: readonly string[], write: Write): Promise<0 | 1 | 2> {
  try {
    const given = parseArguments(
      args,
      ATTACKS.map(({ number }) => number),
    );
    if (given === 'help') {
      write(HELP);
      return 0;
    }
    return (await attack(given, write)) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    write(error.message);
    return 2;
  }
}

async function attack(given: Arguments, write: Write): Promise<boolean> {
  const begun = performance.now();
  const chosen = ATTACKS.filter(({ number, slow }) => given.only?.includes(number) ?? !(given.fast && slow === true));
  const rows: Row[] = [];
  await using scene = await openScene(given.seed);
  write(header);
  for (const one of chosen) {
    const found = await perform(scene, one);
    rows.push(...found);
    write(line(one, found));
  }
  const variants = await runVariants(scene, given.variants, given.seed, write);
  const took = `${((performance.now() - begun) / 60_000).toFixed(1)} min`;
  if (given.writeResults) await writeResults(given, chosen, rows, variants, took);
  write(`\n${took}\n${variantsLine(variants)}\n${covered(rows)}\n${counts(rows)}`);
  return passed(rows) && variants.safe >= variants.all * SAFE_VARIANTS;
}

async function writeResults(
  given: Arguments,
  chosen: readonly Attack[],
  rows: readonly Row[],
  variants: Variants,
  took: string,
): Promise<void> {
  const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const packages = ['@apollo/server', 'graphql', 'graphql-ws', 'ws', 'fastify', 'jose'].filter(
    (name) => dependencies[name] !== undefined,
  );
  const facts = {
    Date: new Date().toISOString().slice(0, 10),
    Versions: `Node ${process.versions.node}, ${packages.map((name) => `${name} ${dependencies[name]}`).join(', ')}`,
    Command: `npm run attack --${given.fast ? ' --fast' : ''} --variants ${given.variants} --seed ${given.seed}`,
    Took: `${took} on ${availableParallelism()} cores`,
    Variants: variantsLine(variants),
  };
  await writeFile(join(import.meta.dirname, 'RESULTS.md'), resultsPage(facts, chosen, rows));
}
