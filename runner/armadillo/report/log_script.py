"""The script of the log viewer: draws only the lines in sight, and unpacks only the pieces that these are in."""

from __future__ import annotations

LOG_SCRIPT = """
'use strict';
(() => {
  const element = id => document.getElementById(id);
  if (!element('log-data')) return;
  const logs = JSON.parse(element('log-data').textContent);
  const view = element('log-view'), rows = element('log-rows'), count = element('log-count');
  const choice = element('log-choice'), filter = element('log-filter'), moment = element('log-moment');
  const HEIGHT = 18, MORE = 30, MOST_UNPACKED = 64;
  const unpacked = new Map();
  let log = Number(choice.value), starts = [], total = 0, matches = null, marked = null, drawing = 0;

  const unpack = (of, number) => {
    const key = of + '-' + number;
    if (!unpacked.has(key)) {
      const packed = atob(element('log-' + key).textContent);
      const stream = new Blob([Uint8Array.from(packed, letter => letter.charCodeAt(0))]).stream();
      const text = new Response(stream.pipeThrough(new DecompressionStream('deflate'))).text();
      unpacked.set(key, text.then(whole => (whole.endsWith('\\n') ? whole.slice(0, -1) : whole).split('\\n')));
      if (unpacked.size > MOST_UNPACKED) unpacked.delete(unpacked.keys().next().value);
    }
    return unpacked.get(key);
  };
  const told = bytes => bytes < 1048576 ? Math.ceil(bytes / 1024) + ' KiB' : (bytes / 1048576).toFixed(1) + ' MiB';
  const gap = piece => '--- truncated: ' + told(piece[3]) + (piece[1] ? ' with ' + piece[1] + ' lines' : '') +
    ' are not in this page; see the file ---';
  // One line for a gap; the pieces of a log follow each other in `starts`.
  const length = piece => piece[3] ? 1 : piece[1];
  const pieceAt = index => {
    let low = 0, high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= index) low = middle; else high = middle - 1;
    }
    return low;
  };
  const lineAt = async index => {
    const number = pieceAt(index), piece = logs[log].pieces[number];
    if (piece[3]) return [0, gap(piece), true];
    const lines = await unpack(log, number), at = index - starts[number];
    return [piece[0] ? piece[0] + at : 0, lines[at] === undefined ? '' : lines[at], false];
  };
  const rowOf = ([number, text, isGap], index) => {
    const row = document.createElement('div');
    row.className = 'log-row' + (index === marked ? ' marked' : '') + (isGap ? ' gap' : '') +
      (/ (ERROR|FATAL) |"level":"(ERROR|FATAL)"/.test(text) ? ' bad-line' : '');
    row.style.top = index * HEIGHT + 'px';
    const name = document.createElement('span');
    name.className = 'line-number';
    name.textContent = number || '';
    row.append(name, text.replace(/\\x1b\\[[0-9;]*[A-Za-z]/g, ''));
    return row;
  };
  const draw = async () => {
    const mine = ++drawing;
    const size = matches ? matches.length : total;
    const first = Math.max(0, Math.floor(view.scrollTop / HEIGHT) - MORE);
    const last = Math.min(size, Math.ceil((view.scrollTop + view.clientHeight) / HEIGHT) + MORE);
    const made = [];
    for (let index = first; index < last; index++) {
      made.push(rowOf(matches ? matches[index] : await lineAt(index), index));
    }
    if (mine !== drawing) return;
    rows.style.height = size * HEIGHT + 'px';
    view.style.height = Math.min(460, Math.max(size, 3) * HEIGHT + 20) + 'px';
    rows.replaceChildren(...made);
  };
  const select = async () => {
    const mine = ++drawing, pieces = logs[log].pieces;
    const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
    starts = [];
    total = 0;
    for (const piece of pieces) { starts.push(total); total += length(piece); }
    element('log-file').textContent = element('log-file').href = logs[log].path;
    if (!words.length) {
      matches = null;
      count.textContent = total + ' lines';
      return draw();
    }
    const found = [];
    for (let number = 0; number < pieces.length; number++) {
      if (pieces[number][3]) { found.push([0, gap(pieces[number]), true]); continue; }
      (await unpack(log, number)).forEach((text, at) => {
        const small = text.toLowerCase();
        if (!words.every(word => small.includes(word))) return;
        found.push([pieces[number][0] ? pieces[number][0] + at : 0, text, false]);
      });
      if (mine !== drawing) return;
    }
    matches = found;
    marked = null;
    count.textContent = found.filter(line => !line[2]).length + ' of ' + total + ' lines';
    view.scrollTop = 0;
    return draw();
  };
  const timeOf = text => {
    const found = /^(?:\\{.*?"time":")?(\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z?)/.exec(text);
    return found ? Date.parse(found[1]) : NaN;
  };
  const jump = async time => {
    if (matches) { filter.value = ''; await select(); }
    const pieces = logs[log].pieces;
    let number = 0;
    pieces.forEach((piece, index) => { if (piece[2] && piece[2] <= time) number = index; });
    let at = 0;
    if (!pieces[number][3]) {
      const lines = await unpack(log, number);
      lines.forEach((text, index) => { if (timeOf(text) <= time) at = index; });
    }
    marked = starts[number] + at;
    rows.style.height = total * HEIGHT + 'px';
    view.scrollTop = marked * HEIGHT - view.clientHeight / 2;
    return draw();
  };
  choice.addEventListener('change', () => {
    log = Number(choice.value);
    marked = null;
    view.scrollTop = 0;
    select();
  });
  filter.addEventListener('input', select);
  moment.addEventListener('change', () => { if (moment.value) jump(Number(moment.value)); });
  view.addEventListener('scroll', draw);
  for (const button of document.querySelectorAll('button[data-log]')) {
    button.addEventListener('click', async () => {
      choice.value = button.dataset.log;
      log = Number(choice.value);
      filter.value = '';
      await select();
      await jump(Number(button.dataset.ms));
      element('logs').scrollIntoView();
    });
  }
  // Nothing is unpacked before the viewer is in sight.
  new IntersectionObserver((seen, self) => {
    if (seen.some(one => one.isIntersecting)) { self.disconnect(); select(); }
  }).observe(view);
})();
"""
