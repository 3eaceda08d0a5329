/** How this process was started, without what it was told to do: for a task that needs a process of its own. */
export function ourselves(): readonly string[] {
  return [process.execPath, ...process.execArgv, process.argv[1] ?? ''];
}
