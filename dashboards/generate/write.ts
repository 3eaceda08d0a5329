import { writeOrCheck } from '../../alerts/generate/writing.ts';
import { generatedFiles } from './files.ts';

/** `npm run docs` for dashboards/: writes the files that are not as the tables say; with --check only names them. */
process.exitCode = await writeOrCheck(generatedFiles(), process.argv);
