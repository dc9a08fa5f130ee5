/* What is drawn over the areas: outlines of the groups, overlays, and the labels of both. */
"use strict";

/* Where a label of some width and height may stand around its point, first choice first: its left and upper edge. */
const LABEL_PLACES = {
  number: (w, h) => [[-w / 2, -h / 2], [0.3 * w, -h / 2], [-1.3 * w, -h / 2], [-w / 2, 0.4 * h], [-w / 2, -1.4 * h]],
  point: (w, h) => [[10, -h / 2], [-w - 10, -h / 2], [-w / 2, -1.9 * h], [-w / 2, 0.9 * h]],
  line: (w, h) => [[-w / 2, -1.5 * h], [-w / 2, 0.5 * h], [8, -h / 2], [-w - 8, -h / 2]],
  polygon: (w, h) => [[-w / 2, -h / 2], [-w / 2, -1.5 * h], [-w / 2, 0.5 * h]],
  group: (w, h) => [0, -28, 28, -56, 56].map((shift) => [-w / 2, shift - h / 2]),
};

/* Whose label is placed first: ranks, which stand on lines, before the names of places, and those before districts. */
const LABEL_ORDER = ["number", "line", "point", "polygon", "group"];

function drawBackdrop(map, backdrop) {
  const style = { color: "#2b3034", weight: 1.6, interactive: false, smoothFactor: 0 };
  return L.featureGroup(backdrop.map(({ outline }) => L.polyline(outline.map(pathOf), style))).addTo(map);
}

function makeOverlay(overlay) {
  const make = { line: overlayLine, point: overlayPoints, polygon: overlayPolygon }[overlay.kind];
  const group = L.featureGroup();
  // What has nothing to say lets the pointer through to what lies under it.
  const speaks = overlay.figures.length > 0 || overlay.names.some((name) => name);
  const made = overlay.shapes.map((shape, index) => make(overlay, shape, index, speaks));
  // The edges of all lines first: an edge drawn later would cut through a line drawn before.
  made.forEach((layers) => layers.slice(0, -1).forEach((layer) => group.addLayer(layer)));
  made.forEach((layers) => group.addLayer(layers.at(-1)));
  made.forEach((layers, index) => {
    const content = () => tooltip(overlay.names[index] || overlay.title, "", overlay.figures, index);
    for (const layer of layers.filter(({ options }) => options.interactive)) {
      layer.bindTooltip(new FramedTooltip(TIP).setContent(content));
      layer.featureIndex = index;
    }
  });
  return { ...overlay, group, made };
}

const sizeOf = (overlay, index) => (overlay.sizes.length ? overlay.sizes[index] : overlay.size);
const colourOf = (overlay, index) => overlay.colours[overlay.classes[index]] || overlay.colour;

/* White sets a line off from dark areas; broad lines get a dark edge too, so that no class colour hides them. */
function casings({ casing }, size) {
  const edges = !casing ? [] : size < 4 ? [["#ffffff", Math.min(size, 1.6)]] : [["#ffffff", 4.5], [INK, 2]];
  return edges.map(([color, extra]) => ({ color, weight: size + extra, lineCap: "butt", interactive: false }));
}

function overlayLine(overlay, shape, index, interactive) {
  const latlngs = shape.map(pathOf);
  const size = sizeOf(overlay, index);
  const dashArray = overlay.dash.join(" ") || null;
  const stroke = { color: colourOf(overlay, index), weight: size, dashArray, lineCap: "butt", interactive };
  return [...casings(overlay, size), stroke].map((style) => L.polyline(latlngs, style));
}

function overlayPolygon(overlay, shape, index, interactive) {
  const latlngs = shape.map((rings) => rings.map(pathOf));
  const [size, colour] = [sizeOf(overlay, index), colourOf(overlay, index)];
  const fills = { hatch: [hatchPattern(colour), 1], tint: [colour, 0.35], outline: [null, 0] };
  const [fillColor, fillOpacity] = fills[overlay.fill];
  const fill = overlay.fill !== "outline";
  const dashArray = overlay.dash.join(" ") || null;
  const outline = { color: colour, weight: size, dashArray, fill, fillColor, fillOpacity, interactive, smoothFactor: 0 };
  const edges = casings(overlay, size).map((style) => ({ ...style, fill: false, smoothFactor: 0 }));
  return [...edges, outline].map((style) => new OutlinePolygon(latlngs, style));
}

function overlayPoints(overlay, shape, index, interactive) {
  const options = {
    shape: overlay.shape, radius: sizeOf(overlay, index), fillColor: colourOf(overlay, index), fillOpacity: 1,
    color: "#ffffff", weight: 1.5, interactive,
  };
  return shape.map((steps) => placeMark(pathOf(steps)[0], options));
}

/* ---- labels ---- */

function drawLabels(map, labels, { backdrop, overlays, numbered }) {
  labels.clearLayers();
  for (const [, number, lon, lat] of numbered) {
    labels.addLayer(label([lon, lat], String(number), "number"));
  }
  // Overlays first: where two labels want one place, the earlier one keeps it.
  for (const overlay of [...overlays].reverse().filter((each) => each.showLabels)) {
    const texts = overlay.labels.length ? overlay.labels : overlay.names;
    overlay.labelAt.forEach((at, index) => labels.addLayer(label(at, texts[index], overlay.kind)));
  }
  for (const group of backdrop.filter((each) => each.name)) {
    labels.addLayer(label(group.labelAt, group.name, "group"));
  }
  placeLabels(map);
}

function label([lon, lat], text, kind) {
  const html = element("span", `${kind}-label`, text);
  html.dataset.kind = kind;
  const icon = L.divIcon({ html, className: "map-label", iconSize: [0, 0] });
  return L.marker([lat, lon], { icon, interactive: false, keyboard: false });
}

/* Gives each label the first of its places that is free and on the map; hides it if there is none.
   First all is measured, then all is written: measuring after writing would lay the page out for each label. */
function placeLabels(map) {
  const frame = map.getContainer().getBoundingClientRect();
  const size = map.getSize();
  const right = size.x - map.options.hiddenRight();
  const labels = [...map.getPane("markerPane").querySelectorAll(".map-label > span")].map((span) => ({
    span,
    kind: span.dataset.kind,
    at: map.layerPointToContainerPoint(L.DomUtil.getPosition(span.parentElement)),
    width: span.offsetWidth,
    height: span.offsetHeight,
  }));
  labels.sort((one, other) => LABEL_ORDER.indexOf(one.kind) - LABEL_ORDER.indexOf(other.kind));
  const controls = Array.from(map.getContainer().querySelectorAll(".leaflet-control"), (each) => each.getBoundingClientRect());
  const taken = [
    // Labels keep off the marks they belong to.
    ...labels.filter(({ kind }) => kind === "point").map(({ at }) => ({ left: at.x - 7, right: at.x + 7, top: at.y - 7, bottom: at.y + 7 })),
    ...controls.map((box) => ({
      left: box.left - frame.left, right: box.right - frame.left, top: box.top - frame.top, bottom: box.bottom - frame.top,
    })),
  ];
  const isFree = (box) =>
    box.left >= 0 &&
    box.right <= right &&
    !taken.some((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom);
  for (const { span, kind, at, width, height } of labels) {
    // On a small map a shifted name would stand in the next district.
    const places = LABEL_PLACES[kind](width, height).slice(0, kind === "group" && size.x < 600 ? 1 : undefined);
    const boxes = places.map(([x, y]) => ({ left: at.x + x, right: at.x + x + width, top: at.y + y, bottom: at.y + y + height }));
    const found = boxes.findIndex(isFree);
    // A number says what the legend lists: it stands even where it is tight.
    const stays = found >= 0 || kind === "number";
    const [x, y] = places[Math.max(found, 0)];
    span.style.transform = `translate(${x}px, ${y}px)`;
    span.style.visibility = stays ? "" : "hidden";
    if (stays) {
      taken.push(boxes[Math.max(found, 0)]);
    }
  }
}
