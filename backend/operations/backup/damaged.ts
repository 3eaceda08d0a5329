import { UserError } from '../../platform/errors.ts';

/** Something stored is not what was stored. */
export class Damaged extends UserError {
  constructor(message: string, options?: ErrorOptions) {
    super('BACKUP_DAMAGED', message, options);
    this.name = 'Damaged';
  }
}
