import { describe, expect, it } from 'vitest';
import { type Alert, alerts, type Dashboard, promql } from '../alerts/index.ts';
import { boards } from './all.ts';
import { type Board, type Chart, query } from './board.ts';
import { dashboardOf } from './grafana/dashboard.ts';
import { linesOf } from './limits.ts';
import { pagesOf } from './pages.ts';

/** Every one of the type, which says here if it has one more. */
const names: Readonly<Record<Dashboard, true>> = {
  start: true,
  api: true,
  signals: true,
  'market-data': true,
  models: true,
  database: true,
  kubernetes: true,
  slos: true,
  recovery: true,
  business: true,
  telemetry: true,
};

const panelsOf = ({ rows }: Board) => rows.flatMap(({ panels }) => panels);
const panels = boards.flatMap((board) =>
  panelsOf(board).map((panel) => ({ name: `${board.name}/${panel.id}`, board, panel })),
);
const charts = panels.flatMap(({ name, panel }) => (panel.as === 'words' ? [] : [{ name, panel }]));
const chart = (name: string): Chart | undefined => charts.find((one) => one.name === name)?.panel;

describe('dashboards', () => {
  it('are those that alerts can name', () => {
    expect(boards.map(({ name }) => name).toSorted()).toEqual(Object.keys(names).toSorted());
  });

  it('have the panel that each alert names', () => {
    const known = new Set(panels.map(({ name }) => name));
    expect(alerts.filter(({ panel }) => !known.has(panel)).map(({ name, panel }) => `${name}: ${panel}`)).toEqual([]);
  });

  it('have no two panels of one name', () => {
    expect(panels.map(({ name }) => name)).toHaveLength(new Set(panels.map(({ name }) => name)).size);
  });

  it.each(boards.map((board) => [board.name, board] as const))(
    '%s has twelve panels at most, and asks questions',
    (_, board) => {
      expect(panelsOf(board).length).toBeLessThanOrEqual(12);
      expect(board.rows.filter(({ question }) => !question.endsWith('?'))).toEqual([]);
      for (const { panels: row } of board.rows)
        expect(row.reduce((sum, { width = 8 }) => sum + width, 0) % 24, row[0]?.title ?? '').toBe(0);
    },
  );

  it.each(panels)('$name is told of, and leads to a page', ({ name, panel }) => {
    expect(panel.title).toMatch(/^[A-Z]/);
    expect(panel.description).toMatch(/\.$/);
    expect(pagesOf(name, panel.helps)).not.toEqual([]);
  });

  it('use every variable that they have, and none that they have not', () => {
    for (const board of boards) {
      const asked = panelsOf(board).flatMap((panel) =>
        panel.as === 'words' ? [] : panel.queries.map(({ of }) => promql.print(of.node)),
      );
      const used = new Set(asked.flatMap((text) => [...text.matchAll(/\$(\w+)/g)].map(([, name]) => name)));
      expect([...used].toSorted(), board.name).toEqual(board.variables.map(({ name }) => name).toSorted());
    }
  });
});

describe('the lines of a panel', () => {
  it.each(alerts.filter(({ limit }) => limit).map((alert) => [`${alert.name} ${alert.about ?? ''}`, alert] as const))(
    '%s has its own constant drawn',
    (_, { panel, limit }) => {
      const unit = chart(panel)?.unit;
      expect(unit && linesOf(panel, unit).map(({ value }) => value)).toContain(limit?.value);
    },
  );

  it('have the colour of the severity on the side of the trouble', () => {
    const steps = (board: Dashboard, title: string) =>
      boards
        .filter(({ name }) => name === board)
        .flatMap((one) => dashboardOf(one).panels ?? [])
        .flatMap((panel) => ('fieldConfig' in panel && panel.title === title ? [panel.fieldConfig] : []))
        .map((config) => config?.defaults.thresholds?.steps);
    const [age] = steps('market-data', 'Age of the newest bar');
    expect(age).toEqual([
      { value: null, color: 'green' },
      { value: 120, color: 'red' },
    ]);
    const [decisions] = steps('signals', 'Decisions');
    expect(decisions).toEqual([
      { value: null, color: 'red' },
      { value: 0, color: 'green' },
    ]);
  });

  it('are refused in another unit', () => {
    expect(() => linesOf('api/duration', 'ratio')).toThrow(
      'api/duration is in ratio, and the line of BackendHighLatencyP95',
    );
  });

  it('know every limit by a comparison of its alert', () => {
    const without = alerts.filter(({ limit, panel }) => limit && !chart(panel));
    expect(without.map(({ name }: Alert) => name)).toEqual([]);
  });
});

describe('a query', () => {
  it('names only labels in its legend that its result has', () => {
    const byFeed = promql.sum(promql.rate(promql.metric('bars'), '5m'), 'feed');
    expect(query(byFeed, ({ feed }) => `of ${feed}`).legend).toBe('of {{feed}}');
    const never = (): void => {
      // @ts-expect-error the sum has lost that label
      query(byFeed, ({ result }) => result);
    };
    expect(never).toBeTypeOf('function');
  });

  it('helps only with alerts that there are', () => {
    expect(() => pagesOf('api/duration', ['ApiDwon'])).toThrow(
      'api/duration helps with "ApiDwon", expected the name of an alert',
    );
  });
});
