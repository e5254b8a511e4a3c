/* Hot cells: filled without an outline, so that the red symbols of overdue places stay readable;
   only the cell that was opened gets one. */
(function (X) {
  'use strict';

  X.CellLayer = X.CanvasLayer.extend({
    opened: null,

    paint: function (pen) {
      const style = X.raw.style;
      this._rings = X.shown.cells ? X.cells.map((cell) => this.spots(cell.world)) : [];
      pen.globalAlpha = style.cellOpacity;
      this._rings.forEach((ring, i) => {
        pen.beginPath();
        X.trace(pen, ring);
        pen.closePath();
        pen.fillStyle = style.cells[X.cells[i].kind];
        pen.fill();
      });
      pen.globalAlpha = 1;
      if (this.opened === null || !this._rings.length) return;
      pen.beginPath();
      X.trace(pen, this._rings[this.opened]);
      pen.closePath();
      pen.strokeStyle = '#111827';
      pen.lineWidth = 2;
      pen.stroke();
    },

    open: function (index) {
      this.opened = index;
      this.repaint();
    },

    pick: function (point) {
      return this._rings.findIndex((ring) => X.insideRing(point, ring));
    },
  });
})(window.Xunge);
