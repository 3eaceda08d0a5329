/** What the copy of the rules changes, in words. */
export function substitutions(speed: number): string[] {
  return [
    'The rules are a generated copy of alerts/ (promtool tests the rules themselves, npm run alerts:test), in which',
    `  - every window, offset and horizon of a forecast is divided by ${speed}: [5m] becomes [${300 / speed}s];`,
    `  - every \`for\`, \`keep_firing_for\` and interval, the scrape interval and the look-back of Prometheus are divided by ${speed};`,
    `  - time() becomes MARKET + (time() - NOW) * ${speed}: the clock of the venue, which the service lives by as well (ALPACA_TRADING_URL, which`,
    '    production refuses to be anybody but Alpaca);',
    '  - no threshold is changed: ages are those of the market, latencies those of this machine.',
    'What takes days happens over blocks that are back-filled at true scale: there only what waits and the intervals are divided, by 60.',
  ];
}
