import { defineEntity, p } from '@mikro-orm/core';

/** How a signal ended, as one version of the settler saw it. Settling again adds a row. */
export const OutcomeEntity = defineEntity({
  name: 'Outcome',
  tableName: 'outcome',
  properties: {
    signalId: p.uuid().name('signal_id').primary(),
    settlerVersion: p.integer().name('settler_version').primary(),
    settledAt: p.datetime().name('settled_at'),
    exitReason: p.string().name('exit_reason'),
    label: p.integer(),
    grossR: p.decimal('string').name('gross_r'),
    netR: p.decimal('string').name('net_r'),
    ambiguous: p.boolean(),
    body: p.text(),
  },
});
