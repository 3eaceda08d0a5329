import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Shown } from './gather.ts';

const chart = dirname(createRequire(import.meta.url).resolve('uplot'));

/** A page that draws a dashboard from the answers to its queries and needs no network. It stands in for Grafana. */
export async function pageOf(shown: Shown): Promise<string> {
  const [library, style, script] = await Promise.all(
    [join(chart, 'uPlot.iife.min.js'), join(chart, 'uPlot.min.css'), join(import.meta.dirname, 'draw.mjs')].map(
      (path) => readFile(path, 'utf8'),
    ),
  );
  const data = JSON.stringify(shown).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${shown.title}</title>
<style>${style}
${STYLE}</style>
<header><h1></h1><p></p><small></small></header>
<main></main>
<script>${library}</script>
<script>globalThis.shown = ${data};</script>
<script type="module">${script}</script>
</html>
`;
}

const STYLE = `
body { margin: 12px; font: 12px system-ui, sans-serif; color: #222; background: #f4f5f5 }
header { display: flex; gap: 16px; align-items: baseline; flex-wrap: wrap } h1 { font-size: 18px; margin: 0 } p { margin: 0 } small { color: #777 }
main { display: grid; grid-template-columns: repeat(24, 1fr); grid-auto-rows: 26px; gap: 6px; margin-top: 8px }
h2 { font-size: 13px; margin: 6px 0 0; align-self: end }
section { background: #fff; border: 1px solid #ddd; border-radius: 3px; padding: 6px 8px; overflow: hidden; display: flex; flex-direction: column }
h3 { font-size: 12px; margin: 0 0 4px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.body { flex: 1; min-height: 0; position: relative; overflow: hidden } .none { color: #b00 }
.legend { max-height: 28px; overflow: hidden; color: #555; line-height: 14px } .legend b { display: inline-block; width: 9px; height: 3px; margin: 0 3px 3px 0 }
table { border-collapse: collapse; width: 100%; font-size: 11px } td, th { text-align: left; padding: 1px 6px; border-bottom: 1px solid #eee }
.state { display: flex; align-items: center; margin-bottom: 2px } .state span { width: 38%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.state div { flex: 1; height: 16px; position: relative; background: #f0f0f0 } .state i { position: absolute; top: 0; bottom: 0; font: 10px system-ui; color: #fff; padding-left: 3px; overflow: hidden }
.bar { display: flex; align-items: center; margin-bottom: 3px } .bar span { width: 34%; overflow: hidden; white-space: nowrap; text-overflow: ellipsis } .bar div { flex: 1; background: #f0f0f0 } .bar i { display: block; height: 12px } .bar em { width: 90px; text-align: right; font-style: normal }
`;
