/* One canvas as a Leaflet layer: follows pan and zoom as Leaflet's own renderers do, sharp on any
   screen. A layer that derives from it says how to `paint` and, where it can be clicked, what a
   pixel hits (`pick`). Pointer events pass through: start.js asks the layers in turn, because a
   canvas on top would otherwise swallow the clicks of those below. */
(function (X) {
  'use strict';

  X.CanvasLayer = L.Renderer.extend({
    options: { padding: 0.25 },

    _initContainer: function () {
      this._container = document.createElement('canvas');
      this._container.setAttribute('aria-hidden', 'true');
      this._pen = this._container.getContext('2d');
    },

    _destroyContainer: function () {
      L.DomUtil.remove(this._container);
      delete this._pen;
      delete this._container;
    },

    _updatePaths: function () {},

    _update: function () {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const bounds = this._bounds;
      const size = bounds.getSize();
      const ratio = window.devicePixelRatio || 1;
      const canvas = this._container;
      L.DomUtil.setPosition(canvas, bounds.min);
      canvas.width = Math.round(size.x * ratio);
      canvas.height = Math.round(size.y * ratio);
      canvas.style.width = size.x + 'px';
      canvas.style.height = size.y + 'px';
      this._pen.setTransform(ratio, 0, 0, ratio, -bounds.min.x * ratio, -bounds.min.y * ratio);
      this._frame();
      this.paint(this._pen, bounds);
      this.fire('update');
    },

    /* Scale and shift from the world's square to layer points at this zoom. */
    _frame: function () {
      this._scale = 256 * Math.pow(2, this._map.getZoom());
      this._shift = this._map.getPixelOrigin();
    },

    repaint: function () {
      if (this._map) this._update();
    },

    spot: function (w) {
      return [w[0] * this._scale - this._shift.x, w[1] * this._scale - this._shift.y];
    },

    spots: function (line) {
      return line.map(this.spot, this);
    },
  });

  X.trace = function (pen, points) {
    pen.moveTo(points[0][0], points[0][1]);
    for (let i = 1; i < points.length; i++) pen.lineTo(points[i][0], points[i][1]);
  };

  /* A symbol of style.py drawn once; later it is only copied. */
  X.sprite = function (symbol, size) {
    const ratio = window.devicePixelRatio || 1;
    const canvas = document.createElement('canvas');
    const side = (canvas.width = canvas.height = Math.ceil((size || symbol.size) * ratio));
    const pen = canvas.getContext('2d');
    pen.scale(side / 24, side / 24);
    pen.lineJoin = pen.lineCap = 'round';
    const path = new Path2D(symbol.path);
    pen.fillStyle = symbol.fill;
    pen.fill(path);
    pen.strokeStyle = symbol.stroke;
    pen.lineWidth = symbol.stroke_width;
    pen.stroke(path);
    if (symbol.mark) {
      pen.strokeStyle = symbol.mark_stroke;
      pen.lineWidth = symbol.mark_width;
      pen.stroke(new Path2D(symbol.mark));
    }
    return canvas;
  };

  X.insideRing = function (point, ring) {
    let inside = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const a = ring[i];
      const b = ring[j];
      if (a[1] > point[1] !== b[1] > point[1]) {
        const x = ((b[0] - a[0]) * (point[1] - a[1])) / (b[1] - a[1]) + a[0];
        if (point[0] < x) inside = !inside;
      }
    }
    return inside;
  };

  X.distanceToLine = function (point, line) {
    let best = Infinity;
    for (let i = 1; i < line.length; i++) {
      const a = line[i - 1];
      const dx = line[i][0] - a[0];
      const dy = line[i][1] - a[1];
      const length = dx * dx + dy * dy;
      const along = length ? ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length : 0;
      const t = Math.max(0, Math.min(1, along));
      const ex = a[0] + t * dx - point[0];
      const ey = a[1] + t * dy - point[1];
      best = Math.min(best, ex * ex + ey * ey);
    }
    return Math.sqrt(best);
  };

  X.RoadLayer = X.CanvasLayer.extend({
    initialize: function (roads, options) {
      X.CanvasLayer.prototype.initialize.call(this, options);
      this._looks = roads.map((look) => ({
        colour: look[0],
        casing: look[1],
        width: look[2],
        minZoom: look[3],
        lines: look[4].map((steps) => X.worldLine(X.line(steps))),
      }));
    },

    paint: function (pen) {
      const zoom = this._map.getZoom();
      const factor = Math.max(0.6, Math.min(2.2, 1 + (zoom - 11) * 0.3));
      const seen = this._looks.filter((look) => zoom >= look.minZoom);
      pen.lineCap = pen.lineJoin = 'round';
      seen.concat(seen).forEach((look, turn) => {
        const casing = turn < seen.length;
        pen.beginPath();
        look.lines.forEach((line) => X.trace(pen, this.spots(line)));
        pen.strokeStyle = casing ? look.casing : look.colour;
        pen.lineWidth = look.width * factor + (casing ? 1.4 : 0);
        pen.stroke();
      });
    },
  });
})(window.Xunge);
