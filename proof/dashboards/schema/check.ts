import { join } from 'node:path';
import ts from 'typescript';

const VERSIONS = ['12', '13'] as const;
const root = join(import.meta.dirname, '../../..');

/**
 * What is wrong with the files of dashboards, by the types that Grafana publishes for each of its versions; empty when nothing is. A
 * property that a version does not know, a wrong type and a missing part are told with the name of the file.
 */
export function schemaProblems(files: Readonly<Record<string, string>>): string[] {
  const sources = new Map(
    VERSIONS.map((version) => [join(import.meta.dirname, `files-${version}.ts`), sourceOf(version, files)]),
  );
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    root,
  );
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  host.getSourceFile = (path, language, ...rest) => {
    const source = sources.get(path);
    return source === undefined ? getSourceFile(path, language, ...rest) : ts.createSourceFile(path, source, language);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources.keys()].flatMap((path) => {
    const file = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(told);
  });
}

function sourceOf(version: (typeof VERSIONS)[number], files: Readonly<Record<string, string>>): string {
  return [
    `import type { Board${version} } from './grafana-${version}.ts';`,
    ...Object.entries(files).map(
      ([name, text], index) => `// ${name}, Grafana ${version}\nexport const file${index}: Board${version} = ${text};`,
    ),
  ].join('\n');
}

function told({ file, start, messageText }: ts.Diagnostic): string {
  const before = file?.text.slice(0, start) ?? '';
  const name =
    before
      .match(/^\/\/ (.*)$/gm)
      ?.at(-1)
      ?.slice(3) ?? 'the types';
  const property = before.match(/"(\w+)": *$/)?.[1] ?? file?.text.slice(start).match(/^"?(\w+)/)?.[1] ?? '';
  return `${name}: ${property}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
}
