const HOURS = 3;

/** The range of a link that is opened while its alert fires. */
export const lately = `from=now-${HOURS}h&to=now`;

/**
 * The address of the panel for a message about the alert that the template stands at: from some hours before it began to fire until now, or
 * until it was over. Who reads it in the morning sees the night.
 */
export const panelThen = `{{ reReplaceAll "${lately}" (printf "from=%d&to=%s" (.StartsAt.Add -${HOURS * 3_600}000000000).UnixMilli (or (and (eq .Status "resolved") (printf "%d" .EndsAt.UnixMilli)) "now")) .Annotations.dashboard_url }}`;
