/* The areas: read from arcs that neighbours share, drawn once, painted anew for each layer. */
"use strict";

const STEPS = 1e5; // in a degree
const TIP = { sticky: true, opacity: 1, className: "figures-tip" };
const EDGE = "#7b8388";
const DENSE = 12; // pixels that an area measures across
const UNSEEN = 0.75; // pixels by which borders may be off on the screen

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text === undefined ? "" : text;
  return made;
}

/* Columns of texts that repeat are kept once per text. */
function unpack(value) {
  if (Array.isArray(value)) {
    return value.map(unpack);
  }
  if (value === null || typeof value !== "object") {
    return value;
  }
  if (value.texts && value.at) {
    return value.at.map((place) => value.texts[place]);
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, unpack(part)]));
}

function readPageData() {
  const { areas: { arcs, rings, ...rest }, overlays, ...data } = JSON.parse(document.getElementById("page-data").textContent);
  // Geometry is numbers through and through: nothing to unpack in it.
  const unpacked = overlays.map(({ shapes, ...overlay }) => ({ ...unpack(overlay), shapes }));
  return { ...unpack(data), areas: { ...unpack(rest), arcs, rings }, overlays: unpacked };
}

function pathOf(steps) {
  const path = [];
  let x = 0, y = 0;
  for (let place = 0; place < steps.length; place += 2) {
    x += steps[place];
    y += steps[place + 1];
    path.push(L.latLng(y / STEPS, x / STEPS));
  }
  return path;
}

/* Arcs on the screen: projected and simplified once for each zoom, whatever the number of areas they border.
   Neighbours share them, so no gap opens between areas. */
class Arcs {
  constructor({ arcs, rings }) {
    this.paths = arcs.map(pathOf);
    this.areas = rings.length;
    this.view = null;
  }

  onScreen(map) {
    const view = `${map.getZoom()} ${map.getPixelOrigin()}`;
    if (view !== this.view) {
      this.view = view;
      this.points = this.paths.map((path) => L.LineUtil.simplify(path.map((at) => map.latLngToLayerPoint(at)), UNSEEN));
      this.bounds = L.bounds(this.points.flat());
      const { x, y } = this.bounds.getSize();
      // Areas of few pixels: edges of their own would be most of what is seen, and of the time that drawing takes.
      this.areDense = Math.sqrt((x * y) / this.areas) < DENSE;
    }
    return this.points;
  }
}

function traced(points, path, isClosed) {
  points.forEach(({ x, y }, place) => path[place ? "lineTo" : "moveTo"](x, y));
  if (isClosed) {
    path.closePath();
  }
}

/* All borders as one thin line, where areas are too dense for edges of their own. */
const Mesh = L.Polyline.extend({
  _project() {
    const { arcs } = this.options;
    arcs.onScreen(this._map);
    this._outline = null;
    this._rawPxBounds = arcs.bounds;
    this._updateBounds();
  },

  _update() {
    this._updatePath();
  },

  _updatePath() {
    const { arcs, color, weight } = this.options;
    if (!this._renderer._drawing || !arcs.areDense) {
      return;
    }
    if (!this._outline) {
      this._outline = new Path2D();
      arcs.points.forEach((arc) => traced(arc, this._outline, false));
    }
    const context = this._renderer._ctx;
    context.strokeStyle = color;
    context.lineWidth = weight;
    context.stroke(this._outline);
  },
});

/* Joins the arcs of a ring; each begins where the one before ends. */
function ringOf(arcs, ring) {
  const joined = [];
  for (const place of ring) {
    const arc = place < 0 ? arcs[-1 - place] : arcs[place];
    for (let at = 0; at < arc.length - 1; at++) {
      joined.push(place < 0 ? arc[arc.length - 1 - at] : arc[at]);
    }
  }
  return joined;
}

/* An area; the canvas paints it by `options.sides`: fill and edge of the left layer and, in comparisons, of the right. */
const AreaPolygon = L.Polygon.extend({
  _project() {
    const arcs = this.options.arcs.onScreen(this._map);
    this._rings = this.options.rings.flatMap((polygon) => polygon.map((ring) => ringOf(arcs, ring)));
    this._outline = null;
    this._rawPxBounds = L.bounds(this._rings.flat());
    this._updateBounds();
  },

  _simplifyPoints() {},

  _updatePath() {
    if (!this._renderer._drawing || !this._parts.length) {
      return;
    }
    if (!this._outline) {
      this._outline = new Path2D();
      this._rings.forEach((ring) => traced(ring, this._outline, true));
    }
    this._renderer.paintArea(this, this._outline, !this.options.arcs.areDense);
  },
});

function drawAreas(map, data) {
  const hatch = { fill: hatchPattern("#6f777b", "#ffffff"), edge: EDGE };
  const group = L.featureGroup().addTo(map);
  let shown = [data.choropleths[0]];
  const paint = ({ classes, colours, edges }, index) =>
    classes[index] < 0 ? hatch : { fill: colours[classes[index]], edge: edges[classes[index]] };
  const arcs = new Arcs(data.areas);
  const members = data.areas.rings.map((rings, index) => {
    const latlngs = rings.map((polygon) => polygon.map((ring) => ringOf(arcs.paths, ring)));
    const area = new AreaPolygon(latlngs, {
      arcs,
      rings,
      noClip: true,
      fillOpacity: data.tiles ? 0.7 : 1,
      weight: 0.9,
      sides: [],
    });
    area.areaIndex = index;
    return area;
  });

  function show(...layers) {
    shown = layers;
    for (const area of members) {
      area.options.sides = layers.map((layer) => paint(layer, area.areaIndex));
    }
    map.getContainer().dataset.choropleth = layers.map(({ key }) => key).join(" ");
    map.options.renderer.redrawAll();
  }
  show(...shown);
  members.forEach((area) => group.addLayer(area));
  new Mesh([[0, 0]], { arcs, color: EDGE, weight: 0.5, interactive: false }).addTo(map);
  group.bindTooltip(new FramedTooltip(TIP).setContent((area) => areaTooltip(data, shown, area.areaIndex)));
  return { group, members, show, shown: () => shown };
}

function areaTooltip(data, shown, index) {
  const { names, groups, figures } = data.areas;
  const first = shown.map((layer) => layer.figure);
  const others = figures.filter((figure) => !first.some(({ column }) => column === figure.column));
  return tooltip(names[index], groups[index], [...first, ...others], index);
}

function tooltip(name, place, figures, index) {
  const box = element("div", "tip");
  if (name) {
    box.append(element("strong", "tip-name", name));
  }
  if (place) {
    box.append(element("span", "tip-place", place));
  }
  if (figures.length) {
    const list = element("dl", "");
    for (const figure of figures) {
      list.append(element("dt", "", figure.label), element("dd", "", figure.values[index]));
    }
    box.append(list);
  }
  return box;
}
