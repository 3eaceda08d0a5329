import { boards } from '../all.ts';
import { dashboardOf, panelNumbers } from '../grafana/dashboard.ts';
import { uidOf } from '../grafana/names.ts';
import { plain } from '../grafana/plain.ts';

/** Everything that is written from the tables of dashboards/, by path below the root of the repository. */
export function generatedFiles(): Record<string, string> {
  return {
    ...Object.fromEntries(
      boards.map((board) => [`dashboards/generated/${board.name}.json`, json(plain(dashboardOf(board)))] as const),
    ),
    'dashboards/panels.json': json(addresses()),
  };
}

/** Where Grafana shows each panel that alerts name: an address without its host, for links to it. */
function addresses(): Record<string, string> {
  return Object.fromEntries(
    boards.flatMap((board) =>
      [...panelNumbers(board)].map(([{ id }, number]) => [
        `${board.name}/${id}`,
        `/d/${uidOf(board.name)}?viewPanel=panel-${number}`,
      ]),
    ),
  );
}

function json(content: unknown): string {
  return `${JSON.stringify(content, null, 2)}\n`;
}
