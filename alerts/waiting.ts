/** What is planned and cannot be, because nothing emits it yet. Whoever adds the emitter takes the line away. */
export const waiting: readonly { readonly what: readonly string[]; readonly waitsFor: string }[] = [
  {
    what: ['DrReplicaMissing'],
    waitsFor:
      'a series that says that there should be a replica: without one its lag is absent in every stack but production',
  },
  {
    what: ['TelegramDeliveryFailing', 'telegram_messages_total', 'telegram_rate_limited_total', 'telegram_queue_depth'],
    waitsFor: 'the Telegram bot',
  },
  {
    what: ['signals_delivered_total', 'signal_delivery_latency_seconds'],
    waitsFor:
      'channels with a receipt; until then freshness counts from the commit to the socket and completeness from due to published',
  },
  {
    what: ['model-quality as a budget', 'its fallback to the version before'],
    waitsFor:
      'a decision of whoever owns the models: until then `ml_prediction_accuracy` is its five days, ModelAccuracyBelow60 its line and its ticket, and a person chooses the version',
  },
  {
    what: ['ModelDrift', 'ml_feature_psi', 'ml_feature_ks', 'feature_freshness_seconds'],
    waitsFor: 'drift that is computed while the service runs',
  },
  {
    what: ['model_calibration_brier', 'an alert that compares accuracy with the baseline'],
    waitsFor: 'resolved predictions with their probability and chance as counters',
  },
  {
    what: ['ml_prediction_accuracy by model and horizon'],
    waitsFor: 'state changes that know their model; today it is one number for the service',
  },
  { what: ['SecretAccessDenied'], waitsFor: 'an alert policy on the audit log, outside of the cluster' },
  { what: ['DeploymentInProgress', 'deployment_timestamp_seconds'], waitsFor: 'deployments that announce themselves' },
  {
    what: ['stock_screening_requests_total', 'portfolio_creations_total', 'user_sessions_active', 'signal_ack_total'],
    waitsFor: 'screening, portfolios, sessions; acknowledgements are not counted yet',
  },
  { what: ['the page load of the console'], waitsFor: 'the console' },
  {
    what: ['paper equity', 'drawdown'],
    waitsFor: 'an account on paper; until then the results of signals in multiples of their risk stand for it',
  },
  {
    what: ['runbook_last_drilled_timestamp_seconds'],
    waitsFor: 'nothing: the day stands in each page and in the list',
  },
  {
    what: ['ClusterDown silences all of its cluster'],
    waitsFor: 'an Alertmanager outside of the cluster: the one inside is gone with it',
  },
  {
    what: ['pages in session and tickets outside for queues'],
    waitsFor: 'queues that a user waits for: today they hold the jobs of the night',
  },
  {
    what: ['ScrapeStale'],
    waitsFor:
      'nothing: a target that is not scraped is BackendInstanceDown, the last of its role ApiDown, PipelineDown or WorkerDown, a family that is away is MetricsAbsent',
  },
];
