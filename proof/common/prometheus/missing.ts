/** A program that this machine lacks; what needs it was not run. */
export class ProgramMissing extends Error {
  constructor(program: string, packageName: string) {
    super(`${program} is missing (apt-get install ${packageName})`);
  }
}
