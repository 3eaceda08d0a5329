import { profiles } from '../../../infra/config/profiles.ts';
import { schema } from '../../../infra/config/schema.ts';

const COMMANDS = ['up', 'preview', 'config', 'stack', 'cancel', 'state', 'refresh', 'destroy'];
const keys = new Set(Object.keys(schema.shape));

/** What is wrong with a command of Pulumi: its name, its stack, a key of the configuration, a value that the program would refuse. */
export function pulumi(words: readonly string[]): string[] {
  const [command = '', ...rest] = words;
  if (!COMMANDS.includes(command)) return [`pulumi ${command} is not used on pages`];
  const stack = rest[rest.indexOf('--stack') + 1] ?? '';
  const wrong = rest.includes('--stack') && !(stack in profiles) ? [`there is no stack ${stack}`] : [];
  if (command !== 'config') return wrong;
  const [action = '', key = '', value] = rest.filter(
    (word, index) => !word.startsWith('--') && rest[index - 1] !== '--stack',
  );
  if (!['set', 'get', 'rm'].includes(action)) return [...wrong, `pulumi config ${action} is not used on pages`];
  const [name = '', ...path] = rest.includes('--path') ? key.split('.') : [key];
  if (!keys.has(name)) return [...wrong, `the configuration has no key ${name}`];
  if (action !== 'set' || value === undefined || value.includes('$')) return wrong;
  const given = path.length === 0 ? value : JSON.stringify(nested(path, value));
  const { success, error } = schema.shape[name as keyof typeof schema.shape].safeParse(given);
  return success ? wrong : [...wrong, `${key} does not take ${value}: ${error.issues[0]?.message ?? 'refused'}`];
}

/** What `config set --path` makes of `tier` and a value: whole numbers and true and false are no texts. */
function nested(path: readonly string[], value: string): unknown {
  const typed: unknown = /^(\d+|true|false)$/.test(value) ? JSON.parse(value) : value;
  return path.reduceRight((inner, name) => ({ [name]: inner }), typed);
}
