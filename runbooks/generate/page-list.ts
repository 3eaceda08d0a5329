import { drillOf } from '../page/drill.ts';
import { type Page, said } from '../page/page.ts';
import { subjects } from '../page/subject.ts';

/** runbooks/README.md: how to use the pages, and all of them. */
export function index(pages: readonly Page[]): string {
  const procedures = pages.filter(({ name }) => !subjects.some((subject) => subject.name === name));
  return `${[INTRODUCTION, '## Alerts', alertTable(pages), '## Procedures', procedureTable(procedures)].join('\n\n')}\n`;
}

const INTRODUCTION = `# Runbooks

<!-- Written by \`npm run docs\` from the pages and from runbooks/generate/page-list.ts. Change those, then run it. -->

You were woken: open the page that is called like the alert. In a terminal \`npm run --silent runbook -- NAME\` prints it, with what each query
gives now where \`PROMETHEUS_URL\` is set (\`--help\` says how to reach that of the cluster); \`--list\` has all.

Every page has the same order. **Impact**: what users lose, and whether it may wait. **Confirm**: the first command names the culprit. **Fix**: what to do,
the step that is easiest to take back first, each with its undo. **Over when**: the queries of the rule itself; it is over when they give nothing for five
minutes. **Escalate**: when to stop trying.

- \`promql\` is one query a line, for Explore in Grafana, Prometheus, or the command above.
- \`sh\` is pasted into a shell in a clone of this repository, with \`kubectl\` at the cluster of production and \`gcloud\` at its project. Names are those of
  stack \`production\`; after [a restore](backup-restore.md) commands that name \`heliograph-production-database\` are given the name of the instance that
  took its place, \`pulumi config get databaseInstance\`. What nobody can know before is a variable like \`$POD\`; the printed page says where its value comes from.
- \`npm run --silent sql -- --through ROLE "SELECT ..."\` asks the database through the proxy beside a pod of that role, reading only; \`--write\` commits.
- \`sh drill\` is the same on one machine, executed by \`npm run runbooks:check -- --drills\` against a real service; nothing of it is for production. A day
  with \`read\` before it in the lists below: that drill only asks, and mends nothing.

More than one alert, or more than ten minutes: \`npm run incident -- open --alert NAME\` begins the record, \`npm run evidence -- NAME\` gathers what will
be asked for afterwards; [incidents/](incidents/README.md) has the rest, and who is told when.

What \`kubectl set env\`, \`patch\`, \`scale\` and \`annotate\` have set is not known to Pulumi: take it back before the next \`up\`, or write it into the configuration of
the stack by day.

Before your first night: \`npm ci\`, \`gcloud\` with \`gke-gcloud-auth-plugin\`, and in the project \`roles/container.developer\`, \`roles/cloudsql.editor\`,
\`roles/logging.viewer\` and \`roles/monitoring.viewer\`; changes of size go through Pulumi and need its operator.

\`\`\`sh
gcloud container clusters get-credentials heliograph-production --location "$REGION" --dns-endpoint
kubectl -n heliograph get pods
npm run --silent runbook -- --list
\`\`\`

A page belongs to an alert and an alert to a page: \`npm run runbooks:check\` fails otherwise, and where a command names what is not there. The head of a page
and the queries under Over when are written by \`npm run docs\`; the rest is written by hand.`;

function alertTable(pages: readonly Page[]): string {
  const rows = subjects.map(({ name, severity, alerts: [first] }) => {
    const page = pages.find((one) => one.name === name);
    const cells = [severity, first?.service ?? '', impactOf(page), drilledOn(page)];
    return `| ${[page ? `[${name}](${name}.md)` : name, ...cells].join(' | ')} |`;
  });
  return ['| Alert | Severity | Service | What users lose | Drill |', '| --- | --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

function procedureTable(pages: readonly Page[]): string {
  const rows = pages.map((page) => `| [${page.title}](${page.name}.md) | ${impactOf(page)} | ${drilledOn(page)} |`);
  return ['| Procedure | What it is for | Drill |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The first sentence. */
function impactOf(page: Page | undefined): string {
  const text = page?.parts.find(({ name }) => name === 'Impact')?.text.find((line) => line !== '') ?? '';
  return (/^.*?[.](?= |$)/.exec(text)?.[0] ?? text).replaceAll('|', '\\|');
}

function drilledOn(page: Page | undefined): string {
  const drill = page === undefined ? null : drillOf(page);
  if (page === undefined || drill === null) return '';
  return `${drill === 'reads' ? 'read ' : ''}${said(page, 'last_drilled') ?? ''}`;
}
