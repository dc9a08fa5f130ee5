/* Marks that Leaflet's canvas does not have: squares, diamonds, triangles, and hatching. */
"use strict";

const MARK_CORNERS = {
  square: [[-0.87, -0.87], [0.87, -0.87], [0.87, 0.87], [-0.87, 0.87]],
  diamond: [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]],
  triangle: [[0, -1.2], [1.15, 0.85], [-1.15, 0.85]],
};

/* A circle marker drawn as a polygon. `_updatePath` is the one place where Leaflet 1.9 draws a marker. */
const PolygonMarker = L.CircleMarker.extend({
  _updatePath() {
    const renderer = this._renderer;
    if (!renderer._drawing || this._empty()) {
      return;
    }
    const context = renderer._ctx;
    context.beginPath();
    for (const [x, y] of MARK_CORNERS[this.options.shape]) {
      context.lineTo(this._point.x + x * this._radius, this._point.y + y * this._radius);
    }
    context.closePath();
    renderer._fillStroke(context, this);
  },
});

function placeMark(latlng, options) {
  return options.shape === "circle" ? L.circleMarker(latlng, options) : new PolygonMarker(latlng, options);
}

/* Canvas takes a pattern wherever it takes a colour. */
function hatchPattern() {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const context = tile.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, 8, 8);
  context.strokeStyle = "#6f777b";
  context.lineWidth = 1.25;
  for (const start of [-8, 0, 8]) {
    context.moveTo(start - 1, 9);
    context.lineTo(start + 9, -1);
  }
  context.stroke();
  return context.createPattern(tile, "repeat");
}
