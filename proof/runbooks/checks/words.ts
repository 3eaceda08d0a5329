/** One command of a block, as its words: quotes are taken away, variables stay as they are. */
export type Command = { readonly line: number; readonly words: readonly string[] };

/** What ends a command and begins another. */
const ENDS = new Set(['|', '||', '&&', ';', '&', '(', ')', '\n', '{', '}']);
const LEADS = new Set(['do', 'then', 'else', 'if', 'while', 'until', '!', 'exec', 'time']);
const TOKEN =
  /\\\n|\d?>&\d?|&>|\s*\n|[ \t]+|\|\||&&|[|;&(){}]|"(?:\\.|[^"\\])*"|'[^']*'|\$\((?:[^()]|\([^()]*\))*\)|\$\{[^}]*\}|#[^\n]*|[^\s|;&(){}"'$#]+|[$#]/gy;

/** The commands of a block of shell, those inside `$( )` too. Enough for what stands in pages: no here-documents. */
export function commandsOf(text: string, firstLine = 1): Command[] {
  const commands: Command[] = [];
  let words: string[] = [];
  let word: string | undefined;
  let line = firstLine;
  const endWord = () => {
    if (word !== undefined && !(words.length === 0 && (LEADS.has(word) || /^\w+=/.test(word)))) words.push(word);
    word = undefined;
  };
  const endCommand = () => {
    endWord();
    if (words.length > 0) commands.push({ line, words: withoutRedirections(words) });
    words = [];
  };
  for (const [token] of text.matchAll(TOKEN)) {
    for (const inner of insides(token)) commands.push(...commandsOf(inner, line));
    if (token.startsWith('#') && word === undefined) continue;
    if (token === '\\\n' || /^[ \t]+$/.test(token)) endWord();
    else if (ENDS.has(token.trim() || '\n')) endCommand();
    else word = (word ?? '') + unquoted(token);
    line += token.split('\n').length - 1;
  }
  endCommand();
  return commands;
}

/** `> file` is of the shell, not of the command. */
function withoutRedirections(words: readonly string[]): string[] {
  return words.filter((word, index) => !/^\d?[<>]/.test(word) && !/^\d?(?:<|>>?)$/.test(words[index - 1] ?? ''));
}

function unquoted(token: string): string {
  return /^(["']).*\1$/s.test(token) ? token.slice(1, -1) : token;
}

/** What is carried out inside a word. */
function insides(token: string): string[] {
  if (token.startsWith("'")) return [];
  return [...token.matchAll(/\$\(((?:[^()]|\([^()]*\))*)\)/g)].flatMap(([, inner = '']) =>
    inner.startsWith('(') ? [] : [inner],
  );
}
