/* Routes on one canvas and their stops as numbered buttons. Routes that share a road run side by
   side; with every day shown they are thin and quiet, and the one that is opened stands out. */
(function (X) {
  'use strict';
  const GAP = 4; // pixels between routes side by side
  const SPREAD = 7; // the outermost route is at most this far from its road

  function shifted(points, offset) {
    if (!offset || points.length < 2) return points;
    const unit = (a, b) => {
      const length = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1;
      return [(b[0] - a[0]) / length, (b[1] - a[1]) / length];
    };
    return points.map((p, i) => {
      const before = unit(points[Math.max(0, i - 1)], points[Math.max(1, i)]);
      const last = points.length - 1;
      const after = unit(points[Math.min(i, last - 1)], points[Math.min(i + 1, last)]);
      const nx = -(before[1] + after[1]);
      const ny = before[0] + after[0];
      const length = Math.hypot(nx, ny);
      return length < 0.3 ? p : [p[0] + (nx / length) * offset, p[1] + (ny / length) * offset];
    });
  }

  function thinned(points) {
    const kept = [points[0]];
    for (let i = 1; i < points.length; i++) {
      const last = kept[kept.length - 1];
      const far = Math.hypot(points[i][0] - last[0], points[i][1] - last[1]) > 2.5;
      if (far || i === points.length - 1) kept.push(points[i]);
    }
    return kept;
  }

  X.RouteLayer = X.CanvasLayer.extend({
    opened: null,

    paint: function (pen) {
      const routes = X.routes.filter(X.routeShown);
      const quiet = X.day === null;
      const gap = quiet ? 0 : Math.min(GAP, (2 * SPREAD) / Math.max(1, routes.length - 1));
      this._lines = routes.map((route, rank) => ({
        route: route,
        points: shifted(
          thinned(this.spots(route.world)),
          (rank - (routes.length - 1) / 2) * gap
        ),
      }));
      const top = (line) => (line.route.index === this.opened ? 1 : 0);
      this._lines.sort((a, b) => top(a) - top(b) || a.route.index - b.route.index);
      this._lines.forEach((line) => this._stroke(pen, line, quiet));
    },

    _stroke: function (pen, line, quiet) {
      if (line.points.length < 2) return;
      const open = line.route.index === this.opened;
      const faint = !open && (quiet || this.opened !== null);
      const width = open ? 5 : quiet ? 2.2 : 3.6;
      pen.lineJoin = 'round';
      pen.beginPath();
      X.trace(pen, line.points);
      pen.globalAlpha = faint ? 0.5 : 0.9;
      pen.lineCap = 'round';
      pen.strokeStyle = '#ffffff';
      pen.lineWidth = width + 3;
      pen.stroke();
      pen.globalAlpha = faint ? 0.55 : 0.95;
      pen.lineCap = line.route.look.dash ? 'butt' : 'round';
      pen.setLineDash(line.route.look.dash ? line.route.look.dash.split(' ').map(Number) : []);
      if (line.route.look.dash === '2 6') pen.lineCap = 'round';
      pen.strokeStyle = line.route.look.colour;
      pen.lineWidth = width;
      pen.stroke();
      pen.setLineDash([]);
      pen.globalAlpha = 1;
    },

    open: function (index) {
      this.opened = index;
      this.repaint();
    },

    /* The route nearest to the pixel within `reach`, null where there is none. */
    pick: function (point, reach) {
      let best = null;
      let least = reach;
      (this._lines || []).forEach((line) => {
        const distance = X.distanceToLine(point, line.points);
        if (distance <= least) {
          least = distance;
          best = line.route;
        }
      });
      return best;
    },
  });

  /* Stops: DOM markers, so that each can be reached by keyboard and read out. */
  X.StopMarkers = function (map, onOpen) {
    const group = L.layerGroup().addTo(map);

    function badge(route, stop, turn, quiet) {
      const face = X.el('span', 'stop-face', String(stop.n));
      face.style.backgroundColor = route.look.colour;
      face.style.transform = quiet
        ? 'translate(4px, -15px)'
        : 'translate(' + (5 + 17 * turn) + 'px, -21px)';
      const icon = L.divIcon({
        html: face,
        className: quiet ? 'stop quiet-stop' : 'stop',
        iconSize: [0, 0],
      });
      const label = X.stopTitle(route, stop) + ' · ' + X.stopName(stop);
      const marker = L.marker(X.stopAt(stop), {
        icon: icon,
        pane: 'stops',
        title: label,
        bubblingMouseEvents: false,
      });
      marker.on('add', () => marker.getElement().setAttribute('aria-label', label));
      const open = () => onOpen(route, stop, face);
      marker.on('click', open);
      marker.on('keydown', (event) => {
        if (event.originalEvent.key !== 'Enter' && event.originalEvent.key !== ' ') return;
        event.originalEvent.preventDefault();
        open();
      });
      return marker;
    }

    this.refresh = function (opened) {
      group.clearLayers();
      const turns = new Map();
      X.routes.filter(X.routeShown).forEach((route) => {
        const quiet = X.day === null && route.index !== opened;
        route.stops.forEach((stop) => {
          const at = X.stopAt(stop);
          const key = at[0].toFixed(3) + ',' + at[1].toFixed(3);
          const turn = quiet ? 0 : turns.get(key) || 0;
          if (!quiet) turns.set(key, turn + 1);
          group.addLayer(badge(route, stop, turn, quiet));
        });
      });
    };
  };
})(window.Xunge);
