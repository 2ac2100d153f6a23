"""The page's script: the table of cases, drawn in pieces so that thousands of them open at once."""

from __future__ import annotations

SCRIPT = """
'use strict';
(() => {
  const data = JSON.parse(document.getElementById('case-data').textContent);
  const body = document.getElementById('case-rows');
  const search = document.getElementById('case-search');
  const outcome = document.getElementById('case-outcome');
  const count = document.getElementById('case-count');
  const more = document.getElementById('case-more');
  const PIECE = 200;
  let shown = [], drawn = 0, sort = {by: -1, up: true};

  const cell = (row, text, kind) => {
    const made = row.insertCell();
    made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const draw = () => {
    const rows = document.createDocumentFragment();
    for (const item of shown.slice(drawn, drawn + PIECE)) {
      const row = document.createElement('tr');
      const badge = document.createElement('span');
      badge.className = 'badge ' + data.tones[item[0]];
      badge.textContent = data.outcomes[item[0]];
      cell(row, '').append(badge);
      const name = cell(row, '', 'long');
      const id = document.createElement('div');
      id.className = 'mono';
      id.textContent = data.files[item[1]] + '::' + item[2];
      name.append(id);
      if (item[5]) {
        const message = document.createElement('div');
        message.className = 'quiet';
        message.textContent = item[5];
        name.append(message);
      }
      if (item[6]) {
        const details = document.createElement('details');
        const summary = document.createElement('summary');
        const text = document.createElement('pre');
        summary.textContent = 'traceback and output';
        text.textContent = item[6];
        details.append(summary, text);
        name.append(details);
      }
      cell(row, item[3] === null ? '' : '+' + item[3].toFixed(2) + ' s', 'time');
      cell(row, item[4] === null ? '' : item[4].toFixed(3) + ' s', 'time');
      rows.append(row);
    }
    body.append(rows);
    drawn = Math.min(drawn + PIECE, shown.length);
    const left = shown.length - drawn;
    more.hidden = left === 0;
    more.textContent = 'show more (' + left + ' left)';
    count.textContent = shown.length + ' of ' + data.cases.length + ' cases';
  };
  const select = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const wanted = outcome.value;
    shown = data.cases.filter(item => {
      if (wanted !== '' && item[0] !== Number(wanted)) return false;
      const text = (data.files[item[1]] + '::' + item[2] + ' ' + item[5]).toLowerCase();
      return words.every(word => text.includes(word));
    });
    if (sort.by >= 0) {
      const sign = sort.up ? 1 : -1;
      shown.sort((a, b) => sign * (a[sort.by] < b[sort.by] ? -1 : a[sort.by] > b[sort.by] ? 1 : 0));
    }
    body.textContent = '';
    drawn = 0;
    draw();
  };
  search.addEventListener('input', select);
  outcome.addEventListener('change', select);
  more.addEventListener('click', draw);
  for (const button of document.querySelectorAll('th button')) {
    button.addEventListener('click', () => {
      const by = Number(button.dataset.column);
      sort = {by, up: sort.by === by ? !sort.up : by < 4};
      select();
    });
  }
  select();
})();
"""
