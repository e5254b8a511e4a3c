/* Reads the data block of the page once and gives the other scripts decoded arrays and helpers.
   Texts of the data reach the page through textContent only; nothing here builds markup. */
(function (root) {
  'use strict';
  const X = (root.Xunge = {});
  const SCALE = 1e5;
  const raw = JSON.parse(document.getElementById('xunge-data').textContent);

  X.raw = raw;
  X.order = raw.order; // states in drawing order, the most pressing last
  X.shown = {}; // layer name -> visible
  X.day = raw.firstDay; // null means every day

  X.say = function (key, values) {
    return raw.words[key].replace(/\{(\w+)[^}]*\}/g, (all, name) =>
      values && name in values ? String(values[name]) : all
    );
  };

  /* A sentence that comes as its key and what fills it, in the order of the pattern. */
  X.told = function (fact) {
    const names = new Set(Array.from(raw.words[fact[0]].matchAll(/\{(\w+)/g), (found) => found[1]));
    const values = {};
    Array.from(names).forEach((name, i) => (values[name] = fact[i + 1]));
    return X.say(fact[0], values);
  };

  X.el = function (tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined && text !== null) element.textContent = text;
    return element;
  };

  X.button = function (className, text, onClick) {
    const button = X.el('button', className, text);
    button.type = 'button';
    button.addEventListener('click', onClick);
    return button;
  };

  /* [x0, y0, dx, dy, …] -> [[lat, lon], …] */
  X.line = function (steps) {
    const points = [];
    let x = 0;
    let y = 0;
    for (let i = 0; i < steps.length; i += 2) {
      x += steps[i];
      y += steps[i + 1];
      points.push([y / SCALE, x / SCALE]);
    }
    return points;
  };

  /* lat, lon -> place on the world's square of side 1 (spherical Mercator) */
  X.world = function (lat, lon) {
    const sine = Math.sin((lat * Math.PI) / 180);
    return [lon / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
  };

  X.worldLine = function (points) {
    return points.map((p) => X.world(p[0], p[1]));
  };

  X.dayTitle = function (iso) {
    const parts = iso.split('-').map(Number);
    const day = new Date(Date.UTC(parts[0], parts[1] - 1, parts[2])).getUTCDay();
    return raw.words['weekday_' + ((day + 6) % 7)] + ' ' + iso.slice(5);
  };

  function decodePlaces(columns) {
    const n = columns.id.length;
    const lat = new Float64Array(n);
    const lon = new Float64Array(n);
    const wx = new Float64Array(n);
    const wy = new Float64Array(n);
    let x = 0;
    let y = 0;
    for (let i = 0; i < n; i++) {
      x += columns.x[i];
      y += columns.y[i];
      lon[i] = x / SCALE;
      lat[i] = y / SCALE;
      const w = X.world(lat[i], lon[i]);
      wx[i] = w[0];
      wy[i] = w[1];
    }
    return { n: n, lat: lat, lon: lon, wx: wx, wy: wy };
  }

  const columns = raw.places;
  const places = (X.places = decodePlaces(columns));
  const indexOf = new Map();
  columns.id.forEach((id, i) => indexOf.set(id, i));

  places.indexOf = (id) => (indexOf.has(id) ? indexOf.get(id) : -1);
  places.state = (i) => columns.states[columns.state[i]];
  places.name = (i) => columns.name[i] || columns.id[i];
  places.get = function (i) {
    const more = columns.more[i] || ['', 0, [], ''];
    const word = (name) => columns.words[columns[name][i]];
    return {
      id: columns.id[i],
      name: places.name(i),
      state: places.state(i),
      kind: word('kind'),
      industry: word('industry'),
      risk: word('risk'),
      town: word('town'),
      level: word('level'),
      lastVisit: word('last_visit'),
      radius: columns.radius[i],
      due: more[0],
      overdueDays: more[1],
      reasons: more[2],
      cell: more[3],
      zones: more[4] || [],
      riskFacts: (more[5] || []).map(X.told),
      at: [places.lat[i], places.lon[i]],
    };
  };

  X.routes = raw.routes.map((route, index) => {
    const path = X.line(route.path);
    return Object.assign({}, route, {
      index: index,
      path: path,
      world: X.worldLine(path),
      look: raw.style.routes[route.colour],
    });
  });
  X.stopAt = function (stop) {
    if (stop.at) return [stop.at[1], stop.at[0]];
    return [places.lat[stop.place], places.lon[stop.place]];
  };
  X.stopTitle = (route, stop) =>
    X.say('stop_title', { team: route.team, day: X.dayTitle(route.day), n: stop.n });
  X.stopName = (stop) => stop.name || places.name(stop.place);

  X.stopsOf = new Map(); // place index -> [[route, stop], …] in order of the week
  X.routes.forEach((route) =>
    route.stops.forEach((stop) => {
      if (stop.place < 0) return;
      if (!X.stopsOf.has(stop.place)) X.stopsOf.set(stop.place, []);
      X.stopsOf.get(stop.place).push([route, stop]);
    })
  );

  X.cells = raw.cells.map((cell) => {
    const ring = X.line(cell.ring);
    return Object.assign({}, cell, { ring: ring, world: X.worldLine(ring) });
  });

  X.routeShown = (route) => X.shown.routes && (X.day === null || route.day === X.day);
})(window);
