/**
 * The style sheet. Two hues only: `first` (tensors, hits, test, flash) and `second` (scratch, errors, training, RAM).
 * Text on them is always `ink`, so their tints stay below the strength at which it would become hard to read.
 */
export const css = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --ink: #1c1b19; --muted: #65625c; --line: #e4e1db; --line-strong: #b5b0a6; --peer: #8f8a80;
  --first: #1f6591; --first-rgb: 31 101 145; --second: #b94a17; --second-rgb: 205 88 32;
  --strength: 0.5;
  --sans: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171615; --ink: #eceae5; --muted: #a19d95; --line: #302e2b; --line-strong: #5c5852; --peer: #7d7870;
    --first: #6cb2de; --first-rgb: 72 150 200; --second: #ee9563; --second-rgb: 222 112 58;
    --strength: 0.55;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 var(--sans); font-variant-numeric: tabular-nums;
}
main { max-width: 1160px; margin: 0 auto; padding: 56px 32px 80px; }
h1, h2, p, dl, dd, figure { margin: 0; }
code { font: 0.92em/1.5 var(--mono); }
small { display: block; margin-top: 3px; font-size: 13px; line-height: 1.4; }
.quiet { color: var(--muted); }

header { padding-bottom: 8px; }
header .kind { color: var(--second); font-size: 13px; font-weight: 600; }
h1 { font-size: 40px; line-height: 1.15; font-weight: 650; letter-spacing: -0.02em; overflow-wrap: anywhere; }
header .intro { margin-top: 6px; color: var(--muted); max-width: 68ch; }

.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 20px 28px; margin-top: 24px; }
.cards.lead { grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); margin-top: 36px; }
.cards div { border-top: 1px solid var(--line-strong); padding-top: 9px; }
.cards dt { color: var(--muted); font-size: 13px; }
.cards b { display: block; font-size: 21px; line-height: 1.25; font-weight: 600; letter-spacing: -0.01em; white-space: nowrap; }
.cards small { color: var(--muted); }
.cards.lead div { border-top: 2px solid var(--ink); }
.cards.lead b { font-size: 34px; letter-spacing: -0.025em; }
.cards.lead div:first-child { border-color: var(--first); }
.cards.lead div:first-child b { color: var(--first); }

section { display: grid; grid-template-columns: 190px minmax(0, 1fr); gap: 16px 44px; margin-top: 56px; padding-top: 18px; border-top: 1px solid var(--line); }
h2 { font-size: 18px; line-height: 1.3; font-weight: 650; letter-spacing: -0.01em; }
.margin p { margin-top: 6px; color: var(--muted); font-size: 13px; line-height: 1.5; max-width: 60ch; }
.content > * + * { margin-top: 18px; }
.pair > :only-child { max-width: 560px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 28px 36px; align-items: start; }
figcaption { margin-top: 8px; color: var(--muted); font-size: 13px; }
.scroll { overflow-x: auto; }
:focus-visible { outline: 2px solid var(--first); outline-offset: 3px; }

.chart { display: block; width: 100%; height: auto; overflow: visible; }
.chart text { font-family: var(--sans); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; }
.legend > span { display: inline-flex; align-items: center; gap: 7px; }
.swatch { width: 18px; height: 0; border-top: 2px solid; }
.swatch.first { color: var(--first); }
.swatch.second { color: var(--second); }
.swatch.peer { color: var(--peer); }
.swatch.solid { height: 10px; width: 14px; border: 0; background: currentColor; }
.swatch.faint { opacity: 0.4; }
.swatch.dashed { border-top-style: dashed; }
.swatch.area { height: 10px; width: 14px; border: 1px solid; background: color-mix(in srgb, currentColor 22%, transparent); }

table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th, td { padding: 7px 14px 7px 0; text-align: left; font-weight: 400; vertical-align: baseline; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-size: 13px; border-bottom: 1px solid var(--line-strong); }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tbody th { font-weight: 600; }
tfoot > tr > * { border-top: 1px solid var(--line-strong); color: var(--muted); }
tfoot td { color: var(--ink); font-weight: 600; }
.number { text-align: right; }

.confusion { table-layout: fixed; font-size: 12.5px; border-collapse: separate; border-spacing: 2px; }
.confusion caption { text-align: left; padding: 0 0 6px 2px; font-size: 15px; color: var(--muted); }
.confusion caption b { color: var(--ink); font-weight: 650; }
.confusion th, .confusion td { padding: 0; height: 30px; text-align: center; vertical-align: middle; border: 0; }
.confusion tbody th { text-align: right; padding-right: 8px; }
.confusion thead th { border: 0; height: 22px; color: var(--ink); font-weight: 600; font-size: 12.5px; }
.confusion thead th.corner { text-align: right; padding-right: 8px; color: var(--muted); font-weight: 400; }
.confusion th { overflow: hidden; text-overflow: ellipsis; }
.confusion .upright { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; height: auto; max-height: 12ch; }
.confusion td { border-radius: 2px; }
.confusion .none { color: var(--muted); }
.confusion .hit { background: rgb(var(--first-rgb) / calc(0.08 + var(--tint) * (var(--strength) - 0.08))); }
.confusion .miss { background: rgb(var(--second-rgb) / calc(0.1 + var(--tint) * (var(--strength) - 0.1))); }

.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(96px, 1fr)); gap: 20px; }
.samples img { display: block; width: 100%; height: auto; image-rendering: pixelated; border: 1px solid var(--line-strong); }
.samples dl > div { display: flex; justify-content: space-between; gap: 8px; }
.samples dl > div:first-child dd { color: var(--ink); }
.samples figcaption b { color: var(--ink); }
.samples dd { font-weight: 600; }
.samples .right dd { color: var(--first); }
.samples .wrong dd { color: var(--second); }

.sizes thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.sizes th { width: 1%; }
.sizes .number { width: 1%; }
.sizes .bar { width: auto; }
.sizes .bar i { display: block; height: 12px; min-width: 2px; background: currentColor; }
.sizes .peer { color: var(--peer); }
.sizes .first { color: var(--first); }
.sizes .second { color: var(--second); }

.memory { display: block; width: 100%; height: auto; }
.memory text { font: 11px var(--mono); fill: var(--ink); font-variant-numeric: tabular-nums; }
.memory .axis { fill: var(--muted); }
.memory .layer { fill: var(--ink); }
.memory .name, .memory .layer, .memory .total { font-weight: 600; }
.memory line { stroke: var(--line); }
.memory .limit { stroke: var(--ink); stroke-dasharray: 4 3; }
.memory rect { stroke-width: 1; }
.memory .tensor rect { fill: rgb(var(--first-rgb) / 0.22); stroke: var(--first); }
.memory .scratch rect { fill: rgb(var(--second-rgb) / 0.22); stroke: var(--second); }
.memory .buffer:hover rect { stroke-width: 2; }
details summary { cursor: pointer; color: var(--muted); font-size: 13.5px; }
details[open] summary { margin-bottom: 8px; }

.facts { display: grid; gap: 10px; }
.facts dt { color: var(--muted); font-size: 13px; }
.facts dd { overflow-wrap: anywhere; }

@media (max-width: 860px) {
  main { padding: 32px 18px 56px; }
  section { grid-template-columns: minmax(0, 1fr); margin-top: 40px; }
  h1 { font-size: 32px; }
  .cards, .cards.lead { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 18px; }
  .cards.lead b { font-size: 28px; }
  .cards b { font-size: 19px; }
}
@media (max-width: 460px) {
  .confusion { font-size: 11px; border-spacing: 1px; }
  .sizes .quiet { display: none; }
  .sizes .number { padding-right: 0; }
}
@media print {
  section { break-inside: avoid; }
}
`;
