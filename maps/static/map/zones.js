/* Priority zones: a faint fill and an outline in the colour of their kind, below everything else.
   Grids of grid workers cover all of the ground: outlines only. Forecast, blind spots and Gi* are no
   zones, each has a switch of its own. */
(function (X) {
  'use strict';

  X.zones = X.raw.zones.map((zone) => {
    const rings = zone.rings.map(X.line);
    return Object.assign({}, zone, { world: rings.map(X.worldLine) });
  });

  X.ZoneLayer = X.CanvasLayer.extend({
    paint: function (pen) {
      const alone = X.raw.style.overlays;
      const shown = (kind) =>
        (X.shown.zones || alone.indexOf(kind) >= 0) && X.shown['zone:' + kind];
      this._shapes = X.zones.map((zone) =>
        shown(zone.kind) ? zone.world.map(this.spots, this) : []
      );
      this._shapes.forEach((rings, i) => {
        if (!rings.length) return;
        pen.beginPath();
        rings.forEach((ring) => {
          X.trace(pen, ring);
          pen.closePath();
        });
        pen.fillStyle = pen.strokeStyle = X.zones[i].colour;
        pen.globalAlpha = X.raw.style.zoneOpacity;
        if (X.zones[i].fill) pen.fill('evenodd');
        pen.globalAlpha = 0.75;
        pen.lineWidth = 1.1;
        pen.stroke();
      });
      pen.globalAlpha = 1;
    },

    /* Every zone around a point. */
    pick: function (point) {
      const found = [];
      this._shapes.forEach((rings, i) => {
        const around = rings.filter((ring) => X.insideRing(point, ring)).length;
        if (around % 2) found.push(i);
      });
      return found;
    },
  });
})(window.Xunge);
