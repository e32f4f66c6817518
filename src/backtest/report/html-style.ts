/** The look of the report: light or dark as the reader's system is, from 360 px on. */
export const reportStyle = `
:root {
  color-scheme: light dark;
  --page: #f5f7fa; --panel: #fff; --line: #dde3ea; --text: #16202b; --soft: #4b5a69; --muted: #66758a;
  --gain: #0b7a4b; --loss: #c22f3d; --warn: #8a5a00; --warn-panel: #fff4dc; --stop-panel: #fde7e9;
  --main: #1467c6; --other: #7a8794; --gutter: 56px;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #05080d; --panel: #0c131c; --line: #1d2937; --text: #dbe6f1; --soft: #a3b3c4; --muted: #8496a9;
    --gain: #48d597; --loss: #ff7a86; --warn: #f2b54a; --warn-panel: #241a08; --stop-panel: #2c1116;
    --main: #6ccff6; --other: #8b98a6;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 20px 16px 48px; max-width: 1120px; background: var(--page); color: var(--text);
  font: 15px/1.45 -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Liberation Sans", system-ui, sans-serif;
  font-variant-numeric: tabular-nums lining-nums;
}
h1 { margin: 0; font-size: 24px; line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 0 0 10px; font-size: 16px; }
h3 { margin: 0 0 6px; font-size: 13px; color: var(--soft); }
p { margin: 0 0 6px; }
.note, .about { color: var(--soft); font-size: 13px; }
.about { margin: 6px 0 14px; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: 1px 8px; border-radius: 99px; border: 1px solid var(--line); color: var(--soft); font-size: 12px; font-weight: 600; }
.badge.in { border-color: var(--loss); color: var(--loss); }
.panel, .tiles > div, .warnings li { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; }
.panel { margin: 14px 0; padding: 14px; min-width: 0; }
.warnings { list-style: none; margin: 0 0 14px; padding: 0; display: grid; gap: 6px; }
.warnings li { padding: 9px 12px; border-left: 4px solid var(--warn); background: var(--warn-panel); font-size: 14px; }
.warnings li.in-sample, .warnings li.too-few-trades { border-left-color: var(--loss); background: var(--stop-panel); font-weight: 600; }
.tiles { display: grid; grid-template-columns: repeat(6, 1fr); gap: 8px; margin: 0; }
.tiles > div { padding: 10px 12px; min-width: 0; }
.tiles dt { color: var(--muted); font-size: 12px; }
.tiles dd { margin: 2px 0 0; font-size: 21px; font-weight: 650; letter-spacing: -0.01em; white-space: nowrap; }
.tiles small { display: block; color: var(--muted); font-size: 12px; font-weight: 400; letter-spacing: 0; white-space: normal; }
.gain { color: var(--gain); } .loss { color: var(--loss); }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 0 14px; }
.chart { margin: 0 0 14px; } .chart:last-child { margin-bottom: 0; }
figcaption { display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: baseline; margin-bottom: 6px; font-size: 13px; }
figcaption strong { font-size: 14px; }
output { margin-left: auto; color: var(--soft); font-size: 12px; min-height: 1.45em; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 10px; color: var(--muted); font-size: 12px; }
.key::before { content: ""; display: inline-block; width: 14px; margin-right: 5px; vertical-align: middle; border-top: 2px solid; }
.key { color: inherit; }
.key.pessimistic::before { border-color: var(--main); } .key.optimistic::before { border-color: var(--other); border-top-style: dotted; }
.key.start::before { border-color: var(--muted); border-top: 1px dashed; }
.key.gain::before, .key.loss::before { width: 8px; height: 8px; border: 0; background: var(--gain); border-radius: 50%; } .key.loss::before { background: var(--loss); border-radius: 0; }
.key.word::before { display: none; }
.plot { position: relative; height: 280px; margin-left: var(--gutter); cursor: crosshair; touch-action: pan-y; }
.drawdown .plot { height: 130px; } .price .plot { height: 360px; }
.plot svg { display: block; width: 100%; height: 100%; overflow: hidden; }
.plot path { fill: none; vector-effect: non-scaling-stroke; }
.plot .grid { stroke: var(--line); stroke-width: 1; }
.plot .start { stroke: var(--muted); stroke-width: 1; stroke-dasharray: 5 4; }
.plot .pessimistic { stroke: var(--main); stroke-width: 1.8; stroke-linejoin: round; }
.plot .optimistic { stroke: var(--other); stroke-width: 1.4; stroke-dasharray: 2 3; }
.plot .area { fill: var(--main); fill-opacity: 0.1; }
.drawdown .plot .area { fill: var(--loss); fill-opacity: 0.16; } .drawdown .plot .pessimistic { stroke: var(--loss); stroke-width: 1.3; }
.plot .range { stroke: var(--other); stroke-width: 1; stroke-opacity: 0.45; }
.plot .close { stroke: var(--other); stroke-width: 1; }
.plot .way { stroke-width: 1.6; } .plot .entry { stroke-width: 6; stroke-linecap: round; } .plot .entry.loss { stroke-width: 5; stroke-linecap: square; }
.plot .gain { stroke: var(--gain); } .plot .loss { stroke: var(--loss); }
.plot .dense.way { stroke-width: 1; } .plot .dense.entry { stroke-width: 3.4; stroke-opacity: 0.8; } .plot .dense.entry.loss { stroke-width: 2.8; }
.value { position: absolute; right: 100%; transform: translateY(-50%); padding-right: 6px; font-size: 11px; line-height: 14px; color: var(--muted); white-space: nowrap; pointer-events: none; }
.cursor { position: absolute; top: 0; bottom: 0; width: 0; border-left: 1px solid var(--text); opacity: 0.5; pointer-events: none; }
.times { margin-left: var(--gutter); }
.times, .marks { position: relative; height: 18px; font-size: 11px; color: var(--muted); }
.times span, .marks span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.times .first { transform: none; } .times .last { transform: translateX(-100%); }
.months section + section { margin-top: 12px; }
.months ol { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(12, 1fr); gap: 4px; }
.months li { padding: 5px 4px; border-radius: 6px; text-align: center; font-size: 12px; line-height: 1.3; color: var(--text); background: var(--page); }
.months li b { display: block; font-weight: 500; font-size: 11px; color: var(--soft); }
.months li span { display: block; font-weight: 600; white-space: nowrap; } .months li small { display: block; color: var(--soft); font-size: 11px; } .months h3 small { font-weight: 400; color: var(--soft); }
.months li.gain { background: color-mix(in srgb, var(--gain) calc(6% + var(--heat) * 0.34), var(--panel)); }
.months li.loss { background: color-mix(in srgb, var(--loss) calc(6% + var(--heat) * 0.34), var(--panel)); }
.months li.none { opacity: 0.45; }
.histogram { display: flex; align-items: flex-end; gap: 2px; height: 170px; border-bottom: 1px solid var(--muted); }
.histogram i { flex: 1; min-width: 0; border-radius: 2px 2px 0 0; background: var(--gain); } .histogram i.loss { background: var(--loss); }
table { width: 100%; border-collapse: collapse; font-size: 13px; }
th, td { padding: 5px 6px; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line); font-weight: 400; }
th:first-child, td:first-child { padding-left: 0; text-align: left; } th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-size: 12px; vertical-align: bottom; } thead th:first-child { color: var(--text); font-weight: 650; font-size: 13px; }
tbody tr:last-child > * { border-bottom: 0; }
td small i { font-style: normal; }
td small { display: block; color: var(--muted); font-size: 11px; white-space: nowrap; }
td data { overflow-wrap: anywhere; }
.figures { margin-bottom: 18px; table-layout: fixed; } .figures th:first-child { width: 56%; } .figures:last-child { margin-bottom: 0; }
.settings { table-layout: fixed; } .settings th, .settings td { overflow-wrap: anywhere; } .shuffled td { white-space: nowrap; }
summary { cursor: pointer; } summary::marker { color: var(--muted); }
details p { margin: 4px 0 4px 14px; color: var(--soft); font-size: 12.5px; }
details.all > summary { font-weight: 650; font-size: 16px; } details.all[open] > summary { margin-bottom: 10px; }
.wide .trades td { padding: 5px 0 5px 12px; } .wide .trades td:first-child { padding-left: 0; }
.wide { overflow-x: auto; } .wide td, .trades th { white-space: nowrap; }
.groups { columns: 2; column-gap: 32px; } .groups table { break-inside: avoid; }
abbr { color: var(--warn); text-decoration: none; cursor: help; }
footer { color: var(--muted); font-size: 12px; }
:focus-visible { outline: 2px solid var(--main); outline-offset: 2px; border-radius: 3px; }
@media (max-width: 720px) {
  :root { --gutter: 46px; }
  body { padding: 14px 10px 32px; } .panel { padding: 12px 10px; margin: 10px 0; }
  .tiles { grid-template-columns: repeat(2, 1fr); } .two { grid-template-columns: 1fr; } .groups { columns: 1; }
  .months ol { grid-template-columns: repeat(4, 1fr); }
  .plot { height: 210px; } .drawdown .plot { height: 100px; } .price .plot { height: 250px; }
  .plot .entry { stroke-width: 4; } .plot .entry.loss { stroke-width: 3.4; } .plot .dense.entry { stroke-width: 2.6; } .plot .dense.entry.loss { stroke-width: 2; }
  td small i { display: none; } .wide td { padding: 5px 0 5px 4px; }
  table { font-size: 12.5px; } th, td { padding: 5px 3px; } .figures th:first-child { width: 42%; }
}
@media print { .plot { break-inside: avoid; } body { max-width: none; } }
`;
