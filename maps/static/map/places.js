/* Places on two canvases: grey dots of ordinary enterprises below, symbols of what is due above. */
(function (X) {
  'use strict';
  const MARGIN = 14; // pixels beyond the edge in which a symbol can still be seen

  const PlaceLayer = X.CanvasLayer.extend({
    /* Calls back with each visible place of a state and its layer point. */
    _each: function (state, bounds, callback) {
      const places = X.places;
      const scale = this._scale;
      const x0 = this._shift.x;
      const y0 = this._shift.y;
      const at = X.raw.places.states.indexOf(state);
      const column = X.raw.places.state;
      for (let i = 0; i < places.n; i++) {
        if (column[i] !== at) continue;
        const x = places.wx[i] * scale - x0;
        const y = places.wy[i] * scale - y0;
        if (x < bounds.min.x - MARGIN || x > bounds.max.x + MARGIN) continue;
        if (y < bounds.min.y - MARGIN || y > bounds.max.y + MARGIN) continue;
        callback(i, x, y);
      }
    },

    /* Every place within `reach` pixels, the most pressing first and then the nearest. */
    pick: function (point, reach) {
      const hits = [];
      this.states().forEach((state, rank) => {
        if (!X.shown[state]) return;
        this._each(state, this._bounds, (i, x, y) => {
          const distance = Math.hypot(x - point[0], y - point[1]);
          if (distance <= reach) hits.push([-rank, distance, i]);
        });
      });
      hits.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      return hits.map((hit) => hit[2]);
    },
  });

  X.DotLayer = PlaceLayer.extend({
    states: () => ['plain'],

    paint: function (pen, bounds) {
      if (!X.shown.plain) return;
      const zoom = this._map.getZoom();
      const radius = Math.max(1.3, Math.min(4, 1.3 + (zoom - 10) * 0.6));
      const symbol = X.raw.style.states.plain;
      const seen = new Set();
      pen.beginPath();
      this._each('plain', bounds, (i, x, y) => {
        const bucket = Math.round(x / 2) * 65536 + Math.round(y / 2);
        if (seen.has(bucket)) return;
        seen.add(bucket);
        pen.moveTo(x + radius, y);
        pen.arc(x, y, radius, 0, Math.PI * 2);
      });
      pen.globalAlpha = Math.max(0.38, Math.min(0.8, 0.38 + (zoom - 10) * 0.15));
      pen.fillStyle = symbol.fill;
      pen.fill();
      pen.globalAlpha = 1;
      if (zoom >= 12) {
        pen.strokeStyle = symbol.stroke;
        pen.lineWidth = 0.8;
        pen.stroke();
      }
    },
  });

  X.SiteLayer = PlaceLayer.extend({
    states: () => X.order.filter((state) => state !== 'plain'),

    paint: function (pen, bounds) {
      const ratio = window.devicePixelRatio || 1;
      const zoom = this._map.getZoom();
      const grow = Math.max(0.82, Math.min(1.25, 1 + (zoom - 11.5) * 0.12));
      this.states().forEach((state) => {
        if (!X.shown[state]) return;
        const sprite = X.sprite(X.raw.style.states[state], X.raw.style.states[state].size * grow);
        const side = sprite.width / ratio;
        this._each(state, bounds, (i, x, y) =>
          pen.drawImage(sprite, x - side / 2, y - side / 2, side, side)
        );
      });
    },
  });
})(window.Xunge);
