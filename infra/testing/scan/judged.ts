/** What Checkov reports of one kind of files. */
export type Found = {
  readonly check_type: string;
  readonly summary: { readonly passed: number; readonly failed: number; readonly parsing_errors: number };
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly check_name: string;
      readonly file_path: string;
      readonly resource: string;
    }[];
  };
};

/** What of it is no exception, and which exceptions are none any more. */
export function judged(found: readonly Found[], exceptions: Readonly<Record<string, string>>) {
  const failed = found.flatMap(({ results }) => results.failed_checks);
  const unparsed = found.filter(({ summary }) => summary.parsing_errors > 0);
  const unknown = failed.filter(({ check_id: id }) => !(id in exceptions));
  const unused = Object.keys(exceptions).filter((id) => !failed.some(({ check_id: check }) => check === id));
  return {
    passed: found.reduce((sum, { summary }) => sum + summary.passed, 0),
    excepted: failed.length - unknown.length,
    problems: [
      ...(found.length < 2 ? ['it looked at fewer than two kinds of files'] : []),
      ...unparsed.map(({ check_type: kind }) => `${kind}: it could not read every file`),
      ...unknown.map((one) => `${one.check_id} ${one.check_name}: ${one.resource} of ${one.file_path.split('/')[1]}`),
      ...unused.map((id) => `${id} is an exception, and nothing breaks it any more`),
    ],
  };
}
