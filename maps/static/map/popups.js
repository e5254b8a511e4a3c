/* What a popup says. Every text of the data goes in through textContent. */
(function (X) {
  'use strict';

  function facts(rows) {
    const list = X.el('dl', 'facts');
    rows.forEach((row) => {
      if (row[1] === '' || row[1] === null || row[1] === undefined) return;
      list.appendChild(X.el('dt', '', row[0]));
      const value = X.el('dd', '');
      if (row[1] instanceof Node) value.appendChild(row[1]);
      else value.textContent = row[1];
      list.appendChild(value);
    });
    return list;
  }

  function bullets(texts, className) {
    const list = X.el('ul', className);
    texts.forEach((text) => list.appendChild(X.el('li', '', text)));
    return list;
  }

  function heading(title, note, state) {
    const head = X.el('div', 'pop-head');
    head.appendChild(X.el('h3', '', title));
    if (note) head.appendChild(X.el('span', 'chip' + (state ? ' chip-' + state : ''), note));
    return head;
  }

  function metres(value) {
    return value >= 1000 ? (value / 1000).toFixed(value % 1000 ? 1 : 0) + ' km' : value + ' m';
  }

  function position(place) {
    const level = X.raw.words['level_' + place.level] || place.level;
    if (!place.radius) return level;
    return X.say('radius', { level: level, radius: metres(place.radius) });
  }

  function stopLine(route, stop) {
    return X.say('stop_line', {
      day: X.dayTitle(route.day),
      arrive: stop.arrive,
      leave: stop.leave,
      team: route.team,
      n: stop.n,
    });
  }

  X.placePopup = function (index, open) {
    const place = X.places.get(index);
    const box = X.el('div', 'pop');
    box.appendChild(heading(place.name, X.raw.words['state_' + place.state], place.state));
    if (place.due) {
      const due = X.el('p', 'due due-' + place.state);
      due.appendChild(X.el('span', '', X.say('due')));
      due.appendChild(X.el('b', '', place.due));
      if (place.overdueDays > 0) {
        due.appendChild(X.el('em', '', X.say('overdue_by', { n: place.overdueDays })));
      }
      box.appendChild(due);
    }
    if (place.reasons.length) {
      box.appendChild(X.el('h4', '', X.say('due_why')));
      box.appendChild(bullets(place.reasons, 'reasons'));
    }
    const stops = X.stopsOf.get(index) || [];
    box.appendChild(X.el('h4', '', X.say('this_week')));
    if (stops.length) {
      const list = X.el('ul', 'stops');
      stops.forEach((pair) => {
        const item = X.el('li');
        item.appendChild(X.el('b', '', stopLine(pair[0], pair[1])));
        item.appendChild(X.el('span', '', [pair[1].kind, pair[1].why].filter(Boolean).join(' · ')));
        list.appendChild(item);
      });
      box.appendChild(list);
    } else {
      box.appendChild(X.el('p', 'quiet', X.say('not_this_week')));
    }
    if (place.zones.length) {
      box.appendChild(X.el('h4', '', X.say('in_zones')));
      box.appendChild(bullets(place.zones, 'reasons'));
    }
    if (place.riskFacts.length) {
      box.appendChild(X.el('h4', '', X.say('risk_title')));
      box.appendChild(bullets(place.riskFacts, 'reasons'));
    }
    const cell = place.cell ? X.cells.findIndex((c) => c.id === place.cell) : -1;
    box.appendChild(
      facts([
        [X.say('industry'), [X.raw.words['kind_' + place.kind], place.industry].filter(Boolean).join(' · ')],
        [X.say('risk'), place.risk],
        [X.say('town'), place.town],
        [X.say('last_visit'), place.lastVisit],
        [X.say('position'), position(place)],
        [X.say('in_cell'), cell < 0 ? '' : X.button('link', place.cell, () => open.cell(cell))],
        [X.say('id'), place.id],
      ])
    );
    return box;
  };

  X.zonePopup = function (indexes) {
    const box = X.el('div', 'pop');
    indexes.forEach((index) => {
      const zone = X.zones[index];
      box.appendChild(heading(zone.name, zone.title));
      box.appendChild(X.el('p', 'quiet', X.say('zone_places', { n: zone.n })));
      if (zone.note) box.appendChild(X.el('p', '', zone.note));
    });
    return box;
  };

  X.cellPopup = function (index) {
    const cell = X.cells[index];
    const box = X.el('div', 'pop');
    const level = X.say('cell_chip', { level: X.raw.words['cell_' + cell.kind] });
    box.appendChild(heading(X.say('cell_title', { id: cell.id }), level, cell.kind));
    box.appendChild(
      facts([
        [X.say('town'), cell.town],
        [X.say('observed'), X.say('observed_value', { all: cell.observed, own: cell.own })],
        [X.say('expected'), cell.expected],
        [X.say('rr'), X.say('rr_value', { rr: cell.rr[0], low: cell.rr[1], high: cell.rr[2] })],
        [X.say('q'), cell.q],
        [X.say('chance'), cell.chance],
        [X.say('trend'), cell.trend],
        [X.say('forecast'), cell.forecast],
      ])
    );
    if (cell.who.length) {
      box.appendChild(X.el('h4', '', X.say('contributors')));
      box.appendChild(bullets(cell.who, 'reasons'));
    }
    return box;
  };

  X.stopPopup = function (route, stop, open) {
    const box = X.el('div', 'pop');
    box.appendChild(
      heading(X.stopName(stop), X.stopTitle(route, stop))
    );
    box.appendChild(
      facts([
        [X.say('arrive'), stop.arrive],
        [X.say('leave'), stop.leave],
        [X.say('visit_kind'), stop.kind],
        [X.say('meets'), stop.meets || ''],
        [X.say('why'), stop.why],
      ])
    );
    if (stop.place >= 0) {
      box.appendChild(X.button('link', X.say('open_place'), () => open.place(stop.place)));
    }
    return box;
  };

  X.routePopup = function (route, open) {
    const box = X.el('div', 'pop');
    box.appendChild(heading(route.team, X.dayTitle(route.day)));
    const list = X.el('ol', 'timetable');
    route.stops.forEach((stop) => {
      const item = X.el('li');
      const button = X.button('link', X.stopName(stop), () => open.stop(route, stop));
      const number = X.el('i', 'number', String(stop.n));
      number.style.backgroundColor = route.look.colour;
      item.appendChild(number);
      item.appendChild(X.el('time', '', stop.arrive + '–' + stop.leave));
      item.appendChild(button);
      list.appendChild(item);
    });
    box.appendChild(list);
    return box;
  };

  /* Several places lie under one pixel (a village point, say): let the user choose. */
  X.choicePopup = function (indexes, open) {
    const box = X.el('div', 'pop');
    box.appendChild(heading(X.say('here', { n: indexes.length })));
    const list = X.el('ul', 'choice');
    indexes.forEach((i) => {
      const item = X.el('li');
      item.appendChild(X.button('link', X.places.name(i), () => open.place(i)));
      item.appendChild(X.el('span', 'quiet', X.raw.words['state_' + X.places.state(i)]));
      list.appendChild(item);
    });
    box.appendChild(list);
    return box;
  };
})(window.Xunge);
