import { defineEntity, p } from '@mikro-orm/core';

/** A trained model. Rows are added and never changed. */
export const ModelVersionEntity = defineEntity({
  name: 'ModelVersion',
  tableName: 'model_version',
  properties: {
    id: p.string().primary(),
    name: p.string(),
    version: p.integer(),
    sha256: p.string(),
    artifact: p.text(),
    timeframe: p.string(),
    calendar: p.string(),
    sourceId: p.string().name('source_id'),
    featureSpecHash: p.string().name('feature_spec_hash'),
    trainingFrom: p.datetime().name('training_from'),
    trainingTo: p.datetime().name('training_to'),
    calibrationFrom: p.datetime().name('calibration_from'),
    calibrationTo: p.datetime().name('calibration_to'),
    testTo: p.datetime().name('test_to'),
    embargoMinutes: p.integer().name('embargo_minutes'),
    eligibleFrom: p.datetime().name('eligible_from'),
    codeCommit: p.string().name('code_commit').nullable(),
  },
});
