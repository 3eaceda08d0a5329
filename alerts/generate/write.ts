import { generatedFiles } from './files.ts';
import { writeOrCheck } from './writing.ts';

/** `npm run docs` for alerts/: writes the files that are not as the tables say; with --check only names them. */
process.exitCode = await writeOrCheck(generatedFiles(), process.argv);
