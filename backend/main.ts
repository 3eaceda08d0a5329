import { Command, CommanderError, Option } from 'commander';
import { PERMISSIONS } from './access/permissions.ts';
import type { KeyFlags } from './commands/key.ts';
import type { NewEpochFlags } from './commands/new-epoch.ts';
import type { BackupFlags } from './commands/recovery/backup.ts';
import type { RestoreFlags } from './commands/recovery/restore.ts';
import type { RestoreDrillFlags } from './commands/recovery/restore-drill.ts';
import type { RestoreExportFlags } from './commands/recovery/restore-export.ts';
import type { RestorePlatformFlags } from './commands/recovery/restore-platform.ts';
import type { StartFlags } from './commands/start.ts';
import type { RetrainFlags } from './commands/training/retrain.ts';
import type { TrainFlags } from './commands/training/train.ts';
import type { VerifyLedgerFlags } from './commands/verify-ledger.ts';
import { VERSION } from './commands/version.ts';
import { UserError } from './platform/errors.ts';
import { roles } from './roles.ts';
import { SettingsError, settingsWarnings } from './settings.ts';

// Each command loads what it needs, and no other: a process that serves queries has no part in training.
const USAGE_ERROR = 2;
const FAILURE = 1;

const stop = new AbortController();
const io = {
  write: (text: string) => void process.stdout.write(text),
  terminal: process.stdout.isTTY === true,
  stopRequested: stop.signal,
};

// Everybody starts it through npm, so that is what its help says.
const program = new Command('npm run')
  .usage('<command> -- [options]')
  .description('Market data in, trading signals out over GraphQL.')
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError('--help tells what there is.');

const dataDir = new Option(
  '--data-dir <folder>',
  'where the embedded database keeps its data (default: .heliograph here)',
);
const bars = (): Option =>
  new Option(
    '--bars <file>',
    'CSV or CSV.gz of bars: symbol,timestamp,open,high,low,close,volume; open time in UTC, ordered by time',
  );
const timeframe = new Option('--timeframe <length>', 'length of the bars in the file: 1m or 1d (default: 1m)');
const instruments = new Option(
  '--instruments <file>',
  'CSV of instruments: id,symbol,mic,calendar,tick,currency,figi,asset_class',
);

const actions = new Option(
  '--actions <file>',
  'CSV of corporate actions of the bars: instrument,kind,ex_date,ratio,amount,currency,new_symbol,announced',
);

program
  .command('start', { isDefault: true })
  .usage('-- [options]')
  .description('run the platform: database, feed, engine, GraphQL')
  .addOption(new Option('--role <role>', `what this process does: ${Object.keys(roles).join(', ')}`).default('all'))
  .addOption(bars())
  .addOption(timeframe)
  .addOption(new Option('--speed <n|max>', 'how many times faster than real time, after the history (default: 60)'))
  .addOption(instruments)
  .addOption(actions)
  .addOption(new Option('--seed <n>', 'seed of the simulated market (default: SIMULATED_SEED)'))
  .addOption(
    new Option('--exit', 'stop when the file of bars has ended; a signal that its bars do not settle stays open'),
  )
  .addOption(dataDir)
  .action(async (flags: StartFlags) => (await import('./commands/start.ts')).start(flags, io));

program
  .command('train')
  .usage('-- [options]')
  .description(
    'train a model version on a file of bars, or on the stored bars of each feed of real data, and print its report',
  )
  .addOption(bars())
  .addOption(timeframe)
  .addOption(instruments)
  .addOption(actions)
  .addOption(dataDir)
  .action(async ({ bars: file, ...flags }: RetrainFlags & Partial<Pick<TrainFlags, 'bars'>>) =>
    file === undefined
      ? (await import('./commands/training/retrain.ts')).retrain(flags, io)
      : (await import('./commands/training/train.ts')).train({ ...flags, bars: file }, io),
  );

program
  .command('migrate')
  .usage('-- [options]')
  .description('bring the schema of the database up to date')
  .addOption(dataDir)
  .action(async (flags: { dataDir?: string }) => (await import('./commands/migrate.ts')).migrateCommand(flags, io));

program
  .command('prepare-database')
  .usage('')
  .description('before the first migration of a server whose users are made elsewhere: make owner and application role')
  .action(async () => (await import('./commands/prepare-database.ts')).prepareDatabaseCommand(io));

program
  .command('verify-ledger')
  .usage('-- [options]')
  .description('recompute the hash chains of the event log and of the audit log')
  .addOption(
    new Option('--archive <folder>', 'begin at the first event that there ever was, with the archives in this folder'),
  )
  .addOption(dataDir)
  .action(async (flags: VerifyLedgerFlags) =>
    (await import('./commands/verify-ledger.ts')).verifyLedgerCommand(flags, io),
  );

program
  .command('new-epoch')
  .usage('-- --restore <name> [options]')
  .description('after a restore that lost the newest events, before any role is started: go on in a new epoch')
  .addOption(
    new Option(
      '--restore <name>',
      'what this restore is called; for the same name nothing is done twice',
    ).makeOptionMandatory(),
  )
  .addOption(dataDir)
  .action(async (flags: NewEpochFlags) => (await import('./commands/new-epoch.ts')).newEpochCommand(flags, io));

program
  .command('key')
  .usage('-- [options]')
  .description('make an API key, the first one above all, and print it once')
  .addOption(new Option('--name <name>', 'what you will know it by').default('first key'))
  .addOption(new Option('--tenant <tenant>', 'whose key it is').default('development'))
  .addOption(new Option('--scopes <list>', `with commas between them (default: all of ${PERMISSIONS.join(', ')})`))
  .addOption(new Option('--days <n>', 'for how many days it is good').default('90'))
  .addOption(dataDir)
  .action(async (flags: KeyFlags) => (await import('./commands/key.ts')).keyCommand(flags, io));

program
  .command('backup')
  .usage('-- <kind> [options]')
  .description('take a backup into BACKUP_DIR')
  .argument(
    '<kind>',
    'base: the files of the embedded server, or of that of DATABASE_FILES; wal: what it has archived of its log since; export: rows that nobody could give us again; export-rest: all others; platform: the state of Pulumi and secrets; status: what is there',
  )
  .addOption(dataDir)
  .action(async (kind: string, flags: BackupFlags) =>
    (await import('./commands/recovery/backup.ts')).backupCommand(kind, flags, io),
  );

program
  .command('restore-platform')
  .usage('-- --to <folder> [options]')
  .description('write the state of Pulumi and the secrets out of a backup into a folder; needs no database')
  .addOption(new Option('--to <folder>', 'where; it must be empty, or not there yet').makeOptionMandatory())
  .addOption(new Option('--backup <key>', 'which backup of the platform (default: the newest)'))
  .addOption(new Option('--from <folder>', 'where the backups are (default: BACKUP_DIR)'))
  .action(async (flags: RestorePlatformFlags) =>
    (await import('./commands/recovery/restore-platform.ts')).restorePlatformCommand(flags, io),
  );

program
  .command('restore-export')
  .usage('-- --to <folder> | --load [options]')
  .description('write the rows of an export into a folder, or load them into a migrated database without any')
  .addOption(new Option('--to <folder>', 'where; it must be empty, or not there yet').conflicts('load'))
  .addOption(
    new Option(
      '--load',
      'into the database of DATABASE_OWNER_URL, which `npm run migrate` has made; then open a new epoch',
    ),
  )
  .addOption(
    new Option('--backup <key>', 'which export (default: the newest); all other rows are the newest before it'),
  )
  .addOption(new Option('--from <folder>', 'where the backups are (default: BACKUP_DIR)'))
  .action(async (flags: RestoreExportFlags) =>
    (await import('./commands/recovery/restore-export.ts')).restoreExportCommand(flags, io),
  );

program
  .command('restore')
  .usage('-- --to <folder> [options]')
  .description('make a new data folder out of a backup, and open a new epoch in it')
  .addOption(new Option('--to <folder>', 'where; it must be empty, or not there yet').makeOptionMandatory())
  .addOption(
    new Option('--at <time>', 'just before this time, such as 2026-11-20T14:30:00Z (default: as far as possible)'),
  )
  .addOption(new Option('--backup <key>', 'which base backup (default: the newest that was whole by then)'))
  .addOption(new Option('--from <folder>', 'where the backups are (default: BACKUP_DIR)'))
  .addOption(new Option('--name <name>', 'what this restore is called in the log (default: one that is made up)'))
  .action(async (flags: RestoreFlags) => (await import('./commands/recovery/restore.ts')).restoreCommand(flags, io));

program
  .command('restore-drill')
  .usage('-- [options]')
  .description('restore the newest backup and an older one into a scratch server, compare them, and take it away')
  .addOption(new Option('--scratch <folder>', 'where the scratch server gets a folder of its own (default: /var/tmp)'))
  .addOption(dataDir)
  .action(async (flags: RestoreDrillFlags) =>
    (await import('./commands/recovery/restore-drill.ts')).restoreDrillCommand(flags, io),
  );

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  // Who asks twice does not want to wait: the embedded database is still ended, by its exit handler.
  process.on(name, () => (stop.signal.aborted ? process.exit(FAILURE) : stop.abort(name)));
}

try {
  for (const warning of settingsWarnings()) process.stderr.write(`${warning}\n`);
  await program.parseAsync();
  process.exit(process.exitCode ?? 0);
} catch (error) {
  process.exit(explain(error));
}

/** A person's mistake is told in a sentence; anything else is ours and comes with its trace. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_ERROR;
  if (error instanceof UserError || error instanceof SettingsError) {
    process.stderr.write(`${error.message}\n`);
    return USAGE_ERROR;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return FAILURE;
}
