/** Changes that change nothing, each with the reason. Whoever adds one must be able to show it. */
export const equivalents: readonly Equivalent[] = [
  {
    rule: /BudgetBurn(Fast|Slow)$/,
    change: /^(slo:bad_\w+:increase\w+)\{slo="[^"]+"\} -> \1$/,
    proof: '`and` keeps only label sets that are on both sides, and the other two of the three still name the promise',
  },
  {
    rule: /^Watchdog$/,
    change: /^1 -> [\d.]+$/,
    proof: 'an alert fires for any value, and nothing shows this one',
  },
  {
    rule: /^DailyIngestionMissing$/,
    change: /^market:close_timestamp_seconds\[5d\] -> market:close_timestamp_seconds\[10d\]$/,
    proof:
      'of the second window: it is asked only while the first still holds a close, and instants only rise, so that its newest is the same; the first is stopped by a test',
  },
  {
    rule: /^market:closed_day$/,
    change: /^(3 -> 3[.]30*3|5 -> 4[.]5)$/,
    proof:
      'days are whole numbers: (day + 3.3) % 7 is 0.3 more than (day + 3) % 7 and on the same side of 5, and 4.5 lies between 4 and 5',
  },
];

type Equivalent = { readonly rule: RegExp; readonly change: RegExp; readonly proof: string };
