import { SIDES, type Side } from '../outcomes/plan.ts';
import type { Interval } from '../outcomes/statistics.ts';
import type { ModelArtifact, SideModel } from './artifact.ts';
import type { Entries } from './baselines.ts';
import type { SideMetrics } from './side-metrics.ts';
import { WINDOW_NAMES, type WindowName } from './split.ts';

/** What a person reads after training: windows, what was left out, and each side beside its baselines. Lines joined by line feeds. */
export function renderReport(artifact: ModelArtifact, sha256: string): string {
  return [
    ...heading(artifact, sha256),
    ...windows(artifact),
    ...leftOut(artifact),
    ...SIDES.flatMap((side) => sideReport(artifact, side)),
    '',
    ...footnotes(artifact),
  ].join('\n');
}

function heading(
  { timeframe, calendar, instruments, features, labelSpec, trainer }: ModelArtifact,
  sha256: string,
): string[] {
  const { horizonMinutes, stopAtr, targetAtr, flatAtClose } = labelSpec;
  return [
    `Logistic model (trainer ${trainer.version}), ${timeframe} bars, calendar ${calendar}, ${instruments.length} instruments: ${instruments.join(', ')}`,
    `  sha256      ${sha256}`,
    `  features    ${features.names.length}, spec ${features.specHash.slice(0, 12)}`,
    `  label 1     target of ${targetAtr} ATR before the stop of ${stopAtr} ATR within ${horizonMinutes} trading minutes${flatAtClose ? ', flat at the close' : ''}`,
  ];
}

function windows({ split, eligibleFrom }: ModelArtifact): string[] {
  const lines = WINDOW_NAMES.map((name) => {
    const { from, until, n } = split.windows[name];
    return `  ${name.padEnd(12)}${instant(from)} to ${instant(until)}  n ${pad(n, 7)}${droppedText(split, name)}`;
  });
  return [
    '',
    `Windows, split by ${split.by === 'SESSIONS' ? 'sessions' : 'trading time'}; ${split.sessions} sessions with decisions; embargo after each window ${split.embargoMinutes} trading minutes`,
    ...lines,
    `  may decide  from ${instant(eligibleFrom)} on`,
  ];
}

function droppedText({ purged, embargoed }: ModelArtifact['split'], name: WindowName): string {
  const parts = [
    ...(name === 'test' ? [] : [`${purged[name]} purged`]),
    ...(name === 'training' ? [] : [`${embargoed[name]} in the embargo before`]),
  ];
  return `  (${parts.join(', ')})`;
}

function leftOut({ excluded, withGap }: ModelArtifact): string[] {
  return [
    '',
    'Left out: ' +
      `${excluded.unfinished} decisions whose horizon ends after the history, ${excluded.untriggered} that nobody could have entered, ` +
      `${excluded.noPlan} without a plan or an end. Kept: ${withGap} whose features span a missing bar.`,
  ];
}

function sideReport({ sides, metrics, evaluation }: ModelArtifact, side: Side): string[] {
  const { model, constant, top, baselines, edge, edgeMissed } = metrics[side];
  const share = `top ${percent(evaluation.topShare, 1)}`;
  return [
    '',
    `${side}: edge ${edge}${edgeMissed.length > 0 ? ', because' : ''}`,
    ...edgeMissed.map((reason) => `  - ${reason}`),
    ...fitText(sides[side]),
    `  test                     n ${model.n}, label 1 in ${percent(model.baseRate, 2)}`,
    '                                    model   constant',
    `  Brier score                    ${fixed(model.brier, 5)}    ${fixed(constant.brier, 5)}   = ${fixed(model.reliability, 5)} reliability - ${fixed(model.resolution, 5)} resolution + ${fixed(model.uncertainty, 5)} uncertainty + ${fixed(model.withinBins, 5)} within bins`,
    `  log loss                       ${fixed(model.logLoss, 5)}    ${fixed(constant.logLoss, 5)}`,
    `  expected calibration error     ${fixed(model.ece, 5)}`,
    `  accuracy, cut at one half      ${fixed(baselines.majority.modelAccuracy, 5)}    ${fixed(baselines.majority.accuracy, 5)}   (constant: always ${baselines.majority.label})`,
    '  entries                        n     hits  hit rate [95 %]           net R  profit factor',
    entriesLine(`model, ${share}`, top),
    entriesLine('every decision', baselines.everyDecision),
    entriesLine('last direction', baselines.lastDirection),
    ...chanceText(metrics[side]),
    `  buy and hold             ${percent(baselines.buyAndHold.meanReturn, 2)} over the window, mean of ${baselines.buyAndHold.instruments} instruments, before costs`,
    '  reliability                n  predicted   observed',
    ...model.bins.map(
      (bin) => `                       ${pad(bin.n, 5)}    ${fixed(bin.meanPredicted, 5)}    ${fixed(bin.observed, 5)}`,
    ),
  ];
}

function fitText({ training, calibration, platt, baselineProbability }: SideModel): string[] {
  const { n, positives, effectiveN, l2, l2From, iterations, converged, gradient } = training;
  return [
    `  training                 n ${n} (worth ${effectiveN.toFixed(0)} by uniqueness), ${positives} labels 1; L2 ${l2} ` +
      `(${l2From === 'INNER_SPLIT' ? 'chosen inside the training window' : 'default: too little to choose by'}); ` +
      `${converged ? 'converged' : 'NOT converged'} in ${iterations} steps, gradient ${gradient.toExponential(1)}`,
    `  calibration              n ${calibration.n}, label 1 in ${percent(baselineProbability, 2)}; Platt a ${fixed(platt.a, 4)}, b ${fixed(platt.b, 4)}` +
      (platt.flattened ? ' (higher scores hit less often there: every confidence is the base rate)' : ''),
  ];
}

function chanceText({ top, baselines }: SideMetrics): string[] {
  const { random } = baselines;
  if (random === null) return ['  random entries           none to compare with'];
  const { TARGET_HIT, STOP_HIT, TIME_EXIT, SESSION_CLOSE } = top.exits;
  return [
    `  random entries           mean ${fixed(random.meanR, 4)} R, 95 % ${range(random.range95, 4)}, as good as the model in p ${fixed(random.pValue, 4)} of ${random.draws}`,
    `  model's entries          expectancy 95 % ${top.expectancy95 === null ? 'unknown' : `${range(top.expectancy95, 4)} R`} by ${top.blocks} stretches; ` +
      `${TARGET_HIT} target, ${STOP_HIT} stop (${top.ambiguous} ambiguous), ${TIME_EXIT} time, ${SESSION_CLOSE} close`,
  ];
}

function entriesLine(name: string, { n, hits, hitRate, hitRate95, expectancyR, profitFactor }: Entries): string {
  const start = `    ${name.padEnd(20)}${pad(n, 9)}${pad(hits, 9)}`;
  if (hitRate === null || hitRate95 === null || expectancyR === null) return `${start}  none`;
  const interval = `[${percent(hitRate95.low, 1)} to ${percent(hitRate95.high, 1)}]`;
  const factor = profitFactor === null ? 'no loss' : fixed(profitFactor, 2);
  return `${start}  ${percent(hitRate, 1).padStart(7)} ${interval.padEnd(17)}${fixed(expectancyR, 4).padStart(9)}${factor.padStart(11)}`;
}

function footnotes({ evaluation, split }: ModelArtifact): string[] {
  const { edgeRule, trials, draws, seed } = evaluation;
  const { from, until } = split.windows.test;
  return [
    `Rule: ${edgeRule}.`,
    `Trials of this family on this history: ${trials}. Intervals and p by ${draws} seeded draws (seed ${seed}) of whole stretches, because ` +
      'entries that overlap are not independent; the Wilson interval of the hit rate takes them as independent and is too narrow by that.',
    `The test window (${instant(from)} to ${instant(until)}) was seen by neither weights nor calibration. Net of costs; a backtest, not live results.`,
  ].flatMap((text) => wrap(text));
}

function wrap(text: string): string[] {
  return (text.match(/.{1,108}(?: |$)/g) ?? []).map((line, i) => `${i === 0 ? '' : '  '}${line.trimEnd()}`);
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width);
}

function fixed(value: number, digits: number): string {
  // -0.0000 would read as a loss.
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text;
}

function percent(share: number, digits: number): string {
  return `${fixed(share * 100, digits)} %`;
}

function range({ low, high }: Interval, digits: number): string {
  return `${fixed(low, digits)} to ${fixed(high, digits)}`;
}
