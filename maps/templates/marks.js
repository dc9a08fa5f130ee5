/* What Leaflet's canvas does not have: squares, diamonds, triangles, hatching, areas of two layers side by side. */
"use strict";

const INK = "#0b0c0c";
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

/* A polygon that is pointed at by its outline alone: what lies inside it stays within reach. */
const OutlinePolygon = L.Polygon.extend({
  _containsPoint(point) {
    return L.Polyline.prototype._containsPoint.call(this, point, true);
  },
});

/* A canvas that shows two layers of areas side by side: `splitAt` tells where the right-hand one begins, in pixels of
   the map; nothing while there is one layer. */
const PageCanvas = L.Canvas.extend({
  splitAt: null,

  _draw() {
    const at = this.splitAt && this.splitAt();
    this._splitX = at === null ? null : this._map.containerPointToLayerPoint([at, 0]).x;
    L.Canvas.prototype._draw.call(this);
  },

  paintArea({ _pxBounds: { min, max }, options: { sides: [left, right], weight, fillOpacity } }, path, hasEdge) {
    const context = this._ctx;
    const at = this._splitX;
    const side = at !== null && min.x >= at ? right : left;
    context.globalAlpha = fillOpacity;
    if (at !== null && min.x < at && at < max.x) {
      context.save();
      context.clip(path, "evenodd");
      for (const [{ fill }, from, to] of [[left, min.x, at], [right, at, max.x]]) {
        context.fillStyle = fill;
        context.fillRect(from, min.y, to - from, max.y - min.y);
      }
      context.restore();
    } else {
      context.fillStyle = side.fill;
      context.fill(path, "evenodd");
    }
    context.globalAlpha = 1;
    if (hasEdge) {
      context.lineWidth = weight;
      context.strokeStyle = side.edge;
      context.lineJoin = "round";
      context.stroke(path);
    }
  },

  /* Draws everything once, however many layers changed; Leaflet would ask for each of them. */
  redrawAll() {
    if (!this._map) {
      return;
    }
    L.Util.cancelAnimFrame(this._redrawRequest);
    this._redrawBounds = null;
    this._redrawRequest = L.Util.requestAnimFrame(this._redraw, this);
  },
});

/* Canvas takes a pattern wherever it takes a colour; without a ground what lies below shows through. */
const HATCHES = new Map();

function hatchPattern(colour, ground) {
  const key = `${colour} ${ground}`;
  if (!HATCHES.has(key)) {
    HATCHES.set(key, makeHatch(colour, ground));
  }
  return HATCHES.get(key);
}

function makeHatch(colour, ground) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const context = tile.getContext("2d");
  if (ground) {
    context.fillStyle = ground;
    context.fillRect(0, 0, 8, 8);
  }
  context.strokeStyle = colour;
  context.lineWidth = 1.25;
  for (const start of [-8, 0, 8]) {
    context.moveTo(start - 1, 9);
    context.lineTo(start + 9, -1);
  }
  context.stroke();
  return context.createPattern(tile, "repeat");
}

/* A tooltip that stays within the map; Leaflet's own runs over the side of a narrow one. */
const FramedTooltip = L.Tooltip.extend({
  _setPosition(position) {
    const box = this._container;
    const frame = this._map.getSize().subtract([this._map.options.hiddenRight(), 0]);
    const at = this._map.layerPointToContainerPoint(position);
    const [width, height] = [box.offsetWidth, box.offsetHeight];
    const beside = at.x + 14 + width <= frame.x ? at.x + 14 : at.x - 14 - width;
    const isBeside = beside >= 0;
    const left = isBeside ? beside : Math.max(0, (frame.x - width) / 2);
    const above = isBeside ? at.y - height / 2 : at.y - height - 16;
    const top = Math.max(4, Math.min(above >= 4 || isBeside ? above : at.y + 20, frame.y - height - 4));
    L.DomUtil.setPosition(box, this._map.containerPointToLayerPoint([left, top]).round());
  },
});
