"""The page's style. Colours come from Okabe and Ito's palette;
each also has a word, a shape or a pattern beside it."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark;
  --page: #fcfcfb; --card: #ffffff; --text: #1c1c1a; --quiet: #63635e; --line: #dcdbd6; --code: #f4f3ef;
  --link: #0b5cad; --bad: #b3430b; --bad-soft: #fbe9df; --warn: #8a6100; --warn-soft: #fdf3d8;
  --good: #00704f; --good-soft: #e0f3ec; --neutral-soft: #ececea;
  --ready: #4f9bd0; --starting: #bcd9ec; --stopping: #d4d3ce; --frozen: #8a5d7d; }
@media (prefers-color-scheme: dark) { :root {
  --page: #171715; --card: #1f1f1d; --text: #ecebe6; --quiet: #a3a29b; --line: #3b3a36; --code: #272624;
  --link: #7cb8f2; --bad: #ff9461; --bad-soft: #43230f; --warn: #f0c14b; --warn-soft: #3b2f0e;
  --good: #45c79c; --good-soft: #10352a; --neutral-soft: #33322f;
  --ready: #3a7fb3; --starting: #24475f; --stopping: #4a4945; --frozen: #c58fb5; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 20px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 36px 0 10px; padding-bottom: 4px; border-bottom: 1px solid var(--line); }
h3 { font-size: 15px; margin: 0; font-weight: 600; overflow-wrap: anywhere; }
a { color: var(--link); }
nav { margin: 14px 0 0; font-size: 13px; } nav a { margin-right: 14px; }
pre, code, .mono { font: 12.5px/1.45 ui-monospace, "Cascadia Mono", "Liberation Mono", "DejaVu Sans Mono",
  monospace; }
pre { background: var(--code); padding: 10px 12px; margin: 8px 0 0; border-radius: 4px; overflow: auto;
  max-height: 420px; white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--link); font-size: 13px; }
details { margin-top: 8px; }
.quiet { color: var(--quiet); font-size: 13px; }
.verdict { border-left: 6px solid var(--quiet); background: var(--card); padding: 16px 20px; margin-top: 14px;
  border-radius: 4px; box-shadow: 0 0 0 1px var(--line); }
.verdict.good { border-left-color: var(--good); } .verdict.bad { border-left-color: var(--bad); }
.verdict .headline { font-size: 17px; font-weight: 600; margin: 8px 0 0; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: 1px 9px; border-radius: 10px; font-size: 12.5px; font-weight: 600;
  background: var(--neutral-soft); color: var(--text); white-space: nowrap; }
.badge.good { background: var(--good-soft); color: var(--good); }
.badge.bad { background: var(--bad-soft); color: var(--bad); }
.badge.warn { background: var(--warn-soft); color: var(--warn); }
dl.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(225px, 1fr)); gap: 8px 20px;
  margin: 16px 0 0; }
dl.facts dt { color: var(--quiet); font-size: 12px; } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
.card { background: var(--card); border-radius: 4px; box-shadow: 0 0 0 1px var(--line); padding: 12px 16px;
  margin: 10px 0; }
.card.counts { border-left: 4px solid var(--bad); } .card.allowed { border-left: 4px dotted var(--warn); }
.card .top { display: flex; gap: 8px; align-items: baseline; flex-wrap: wrap; margin-bottom: 4px; }
.card .top .quiet { margin-left: auto; }
.number { display: inline-block; min-width: 22px; text-align: center; border-radius: 11px; background: var(--bad);
  color: var(--card); font-weight: 700; font-size: 12.5px; padding: 1px 6px; }
.number.allowed { background: var(--quiet); }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th { text-align: left; font-weight: 600; color: var(--quiet); font-size: 12px; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: break-word; }
th, td.mono { white-space: nowrap; }
td.long { overflow-wrap: anywhere; min-width: 180px; }
td.time, th.time { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
#case-tools, .tools { display: flex; gap: 10px; flex-wrap: wrap; align-items: center; margin: 10px 0; }
input, select, button { font: inherit; font-size: 13.5px; color: var(--text); background: var(--card);
  border: 1px solid var(--line); border-radius: 4px; padding: 4px 8px; }
#case-search, #log-filter { flex: 1 1 240px; }
.tools select { max-width: 430px; }
ul.legend { list-style: none; margin: 6px 0; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 18px;
  font-size: 12.5px; color: var(--quiet); }
ul.legend li { display: flex; align-items: center; gap: 6px; }
ul.legend svg { width: 26px; height: 18px; margin: 0; flex: none; }
#log-view { height: 460px; overflow: auto; background: var(--code); border-radius: 4px; position: relative; }
#log-rows { position: relative; min-height: 100%; }
#log-rows:empty::before { content: "The log is unpacked when this comes in sight."; color: var(--quiet);
  padding: 4px 12px; display: block; }
.log-row { position: absolute; left: 0; height: 18px; min-width: 100%; white-space: pre; padding-right: 12px;
  font: 12px/18px ui-monospace, "Cascadia Mono", "Liberation Mono", "DejaVu Sans Mono", monospace; }
.log-row .line-number { display: inline-block; width: 64px; padding-right: 12px; text-align: right;
  color: var(--quiet); user-select: none; }
.log-row.bad-line { color: var(--bad); } .log-row.gap { color: var(--warn); font-weight: 600; }
.log-row.marked { background: var(--warn-soft); box-shadow: inset 4px 0 0 var(--bad); }
button[data-log] { font-size: 12px; padding: 0 8px; cursor: pointer; }
th button { border: 0; padding: 0; background: none; font-size: 12px; font-weight: 600; color: var(--quiet);
  cursor: pointer; }
.now { display: block; border-top: 1px dashed var(--bad); margin: 3px 0; color: var(--bad); font-size: 11.5px; }
svg { display: block; width: 100%; height: auto; margin-bottom: 10px; }
svg text { font: 12px system-ui, "Liberation Sans", "DejaVu Sans", sans-serif; fill: var(--text); }
svg text.quiet { fill: var(--quiet); font-size: 11px; }
svg text.on-bad { fill: var(--card); font-weight: 700; font-size: 11px; }
svg .axis { stroke: var(--line); } svg .row { fill: var(--neutral-soft); opacity: 0.45; }
svg .starting { fill: var(--starting); stroke: var(--ready); stroke-dasharray: 3 2; }
svg .ready { fill: var(--ready); } svg .stopping { fill: var(--stopping); }
svg .frozen { fill: url(#frozen); stroke: var(--frozen); } svg .hatch { stroke: var(--frozen); stroke-width: 4; }
svg .passed { fill: var(--good); } svg .skipped { fill: var(--stopping); }
svg .failed { fill: var(--bad); } svg .unknown, svg .flaky { fill: var(--warn); }
svg .incident { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 4 3; }
  svg .incident-label { fill: var(--bad); }
svg .sent { fill: var(--quiet); opacity: 0.55; } svg .slow { fill: var(--warn); }
svg .fault { fill: var(--frozen); opacity: 0.4; stroke: var(--frozen); } svg .broken { stroke: var(--bad);
  stroke-dasharray: 3 2; }
svg .hit { fill: none; stroke: var(--frozen); stroke-width: 2; } svg .hit.broken { stroke: var(--bad); }
svg text.fault-name { font-size: 11px; }
svg .end { fill: var(--card); stroke: var(--text); stroke-width: 1.5; }
svg .died { stroke: var(--bad); stroke-width: 3; fill: none; } svg .severe { fill: var(--bad); }
svg .box { fill: var(--card); stroke: var(--ready); stroke-width: 1.5; } svg .box.bad { stroke: var(--bad);
  stroke-width: 3; }
svg .box.away { stroke: var(--quiet); stroke-dasharray: 5 3; } svg .box.frozen-box { stroke: var(--frozen);
  stroke-dasharray: 2 3; stroke-width: 3; }
svg .wire { stroke: var(--line); stroke-width: 1.2; } svg text.name { font-weight: 600; }
  svg text.bad { fill: var(--bad); font-weight: 600; }
svg .dot { fill: var(--ready); } svg .spark { fill: none; stroke: var(--ready); stroke-width: 1.5; }
td strong { white-space: nowrap; }
.spark-cell { min-width: 130px; } .spark-cell svg { width: 130px; height: 30px; margin: 0; }
@media print { details { display: block; } pre { max-height: none; } }
"""
