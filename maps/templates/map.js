/* Draws the page's data on the map: one set of areas, restyled for each choropleth, and the overlays.
   Texts arrive ready to read and are only ever set as text, never as HTML. */
"use strict";

const INK = "#0b0c0c";
const TIP = { sticky: true, opacity: 1, className: "figures-tip" };
/* Where a label may stand around its point, first choice first. */
const LABEL_PLACES = {
  point: ["translate(10px, -50%)", "translate(calc(-100% - 10px), -50%)", "translate(-50%, -190%)", "translate(-50%, 90%)"],
  line: ["translate(-50%, -150%)", "translate(-50%, 50%)"],
  group: [0, -28, 28, -56, 56].map((shift) => `translate(-50%, calc(-50% + ${shift}px))`),
};

function readPageData() {
  return JSON.parse(document.getElementById("page-data").textContent);
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text === undefined ? "" : text;
  return made;
}

function drawPage(map, data) {
  // One canvas for everything: a second one above it would swallow the pointer.
  map.options.renderer = L.canvas({ padding: 0.3, tolerance: 3 });
  map.attributionControl.setPrefix("").addAttribution(element("span", "", data.attribution).innerHTML);
  const areas = drawAreas(map, data);
  const backdrop = drawBackdrop(map, data.backdrop);
  const highlight = L.polygon([], { fill: false, color: INK, weight: 3, interactive: false }).addTo(map);
  const overlays = data.overlays.map((overlay) => makeOverlay(overlay));
  const labels = L.layerGroup().addTo(map);

  // A layer switched on is drawn above all others: put the order of the page back.
  function arrange() {
    backdrop.bringToFront();
    highlight.bringToFront();
    const shown = overlays.filter((overlay) => map.hasLayer(overlay.group));
    shown.sort((a, b) => a.order - b.order).forEach((overlay) => overlay.group.bringToFront());
    drawLabels(map, labels, data.backdrop, shown);
  }

  bindHighlight(areas.group, highlight);
  bindControls(map, { data, areas, overlays, arrange });
  arrange();
  fitToAreas(map, areas.group);
  addButtons(map, areas.group);
  zoomWithWheelAfterClick(map);
  fitForPrint(map, areas.group);
  map.on("zoomend resize", () => placeLabels(map));
  placeLabels(map);
  window.corridorsMap = map;
  map.getContainer().dataset.featureCount = String(areas.group.getLayers().length);
}

/* ---- areas ---- */

function drawAreas(map, data) {
  const hatch = hatchPattern();
  const group = L.featureGroup().addTo(map);
  let active = data.choropleths[0];
  const colourOf = (index) => active.colours[active.classes[index]] || hatch;
  data.areas.shapes.forEach((shape, index) => {
    const latlngs = L.GeoJSON.coordsToLatLngs(shape.coordinates, shape.type === "Polygon" ? 1 : 2);
    const area = L.polygon(latlngs, {
      // Simplifying each area by itself would open gaps between neighbours.
      smoothFactor: 0,
      color: "#ffffff",
      weight: 0.8,
      fillOpacity: 1,
      fillColor: colourOf(index),
    });
    area.areaIndex = index;
    group.addLayer(area);
  });
  group.bindTooltip((area) => areaTooltip(data, active, area.areaIndex), TIP);

  function restyle(choropleth) {
    active = choropleth;
    group.eachLayer((area) => area.setStyle({ fillColor: colourOf(area.areaIndex) }));
    map.getContainer().dataset.choropleth = choropleth.key;
  }
  restyle(active);
  return { group, restyle };
}

function areaTooltip(data, active, index) {
  const { names, groups, figures } = data.areas;
  const others = figures.filter((figure) => figure.column !== active.figure.column);
  return tooltip(names[index], groups[index], [active.figure, ...others], index);
}

function tooltip(name, place, figures, index) {
  const box = element("div", "tip");
  if (name) {
    box.append(element("strong", "tip-name", name));
  }
  if (place) {
    box.append(element("span", "tip-place", place));
  }
  const list = element("dl", "");
  for (const figure of figures) {
    list.append(element("dt", "", figure.label), element("dd", "", figure.values[index]));
  }
  if (figures.length) {
    box.append(list);
  }
  return box;
}

function bindHighlight(group, highlight) {
  group.on("mouseover", (event) => highlight.setLatLngs(event.layer.getLatLngs()));
  group.on("mouseout", () => highlight.setLatLngs([]));
}

/* ---- backdrop, overlays, labels ---- */

function drawBackdrop(map, backdrop) {
  const style = { color: "#2b3034", weight: 1.6, interactive: false, smoothFactor: 0 };
  return L.featureGroup(backdrop.map(({ outline }) => L.polyline(lineLatLngs(outline), style))).addTo(map);
}

function lineLatLngs(shape) {
  return L.GeoJSON.coordsToLatLngs(shape.coordinates, shape.type === "LineString" ? 0 : 1);
}

function makeOverlay(overlay) {
  const make = overlay.kind === "line" ? overlayLine : overlayPoints;
  const group = L.featureGroup();
  // What has nothing to say lets the pointer through to what lies under it.
  const speaks = overlay.figures.length > 0 || overlay.names.some((name) => name);
  const made = overlay.shapes.map((shape, index) => make(overlay, shape, overlay.sizes[index], speaks));
  // The edges of all lines first: an edge drawn later would cut through a line drawn before.
  made.forEach((layers) => layers.slice(0, -1).forEach((layer) => group.addLayer(layer)));
  made.forEach((layers) => group.addLayer(layers.at(-1)));
  made.forEach((layers, index) => {
    const content = () => tooltip(overlay.names[index] || overlay.title, "", overlay.figures, index);
    layers.filter((layer) => layer.options.interactive).forEach((layer) => layer.bindTooltip(content, TIP));
  });
  return { ...overlay, group };
}

function overlayLine(overlay, shape, size, interactive) {
  const latlngs = lineLatLngs(shape);
  // White sets a line off from dark areas; broad lines get a dark edge too, so that no class colour hides them.
  const edges = !overlay.casing ? [] : size < 4 ? [["#ffffff", Math.min(size, 1.6)]] : [["#ffffff", 4.5], [INK, 2]];
  const casings = edges.map(([color, extra]) => ({ color, weight: size + extra, lineCap: "butt", interactive: false }));
  const stroke = { color: overlay.colour, weight: size, dashArray: overlay.dash.join(" ") || null, lineCap: "butt", interactive };
  return [...casings, stroke].map((style) => L.polyline(latlngs, style));
}

function overlayPoints(overlay, shape, size, interactive) {
  const places = shape.type === "Point" ? [shape.coordinates] : shape.coordinates;
  const options = { shape: overlay.shape, radius: size, fillColor: overlay.colour, fillOpacity: 1, color: "#ffffff", weight: 1.5, interactive };
  return places.map((place) => placeMark(L.GeoJSON.coordsToLatLng(place), options));
}

function drawLabels(map, labels, backdrop, overlays) {
  labels.clearLayers();
  // Overlays first: where two labels want one place, the earlier one keeps it.
  for (const overlay of [...overlays].reverse().filter((each) => each.showLabels)) {
    overlay.labelAt.forEach((at, index) => labels.addLayer(label(at, overlay.labels[index], overlay.kind)));
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

/* Gives each label the first of its places that is free and on the map; hides it if there is none. */
function placeLabels(map) {
  const frame = map.getContainer().getBoundingClientRect();
  const spans = [...map.getPane("markerPane").querySelectorAll(".map-label > span")];
  const taken = [
    ...spans.filter((span) => span.dataset.kind === "point").map(markBox),
    ...Array.from(map.getContainer().querySelectorAll(".leaflet-control"), (each) => each.getBoundingClientRect()),
  ];
  const isFree = (box) =>
    box.left >= frame.left &&
    box.right <= frame.right &&
    !taken.some((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom);
  for (const span of spans) {
    // On a small map a shifted name would stand in the next district.
    const places = LABEL_PLACES[span.dataset.kind].slice(0, span.dataset.kind === "group" && frame.width < 600 ? 1 : undefined);
    const free = places.some((place) => {
      span.style.transform = place;
      return isFree(span.getBoundingClientRect());
    });
    span.style.visibility = free ? "" : "hidden";
    if (free) {
      taken.push(span.getBoundingClientRect());
    }
  }
}

/* Labels keep off the marks they belong to. */
function markBox(span) {
  const { left: x, top: y } = span.parentElement.getBoundingClientRect();
  return { left: x - 7, right: x + 7, top: y - 7, bottom: y + 7 };
}

/* ---- controls ---- */

function bindControls(map, { data, areas, overlays, arrange }) {
  const form = document.querySelector(".controls");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", ({ target }) => {
    if (target.name === "choropleth") {
      areas.restyle(data.choropleths.find((choropleth) => choropleth.key === target.value));
      showLegend(target.value);
    } else {
      const { group } = overlays.find((overlay) => overlay.key === target.value);
      group[target.checked ? "addTo" : "removeFrom"](map);
      arrange();
    }
  });
  overlays.filter((overlay) => overlay.visible).forEach((overlay) => overlay.group.addTo(map));
}

function showLegend(key) {
  for (const legend of document.querySelectorAll("[data-legend]")) {
    legend.hidden = legend.dataset.legend !== key;
  }
}

function fitToAreas(map, group) {
  map.fitBounds(group.getBounds(), { padding: [12, 12], animate: false });
  map.setMinZoom(Math.floor(map.getZoom()) - 1);
}

function addButtons(map, group) {
  const whole = L.control({ position: "topleft" });
  whole.onAdd = () => {
    const bar = L.DomUtil.create("div", "leaflet-bar");
    const button = L.DomUtil.create("button", "whole-button", bar);
    button.type = "button";
    button.textContent = "Whole area";
    L.DomEvent.disableClickPropagation(bar);
    button.addEventListener("click", () => fitToAreas(map, group));
    return bar;
  };
  whole.addTo(map);
  const north = L.control({ position: "topright" });
  north.onAdd = () => element("div", "north", "N");
  north.addTo(map);
  L.control.scale({ position: "bottomleft" }).addTo(map);
}

/* A page is scrolled with the wheel; the map takes it only after a click, and gives it back. */
function zoomWithWheelAfterClick(map) {
  map.scrollWheelZoom.disable();
  map.on("click", () => map.scrollWheelZoom.enable());
  map.on("mouseout", () => map.scrollWheelZoom.disable());
}

/* The canvas is a picture of the screen's size: draw it again at the size of the sheet. */
function fitForPrint(map, group) {
  const redraw = () => {
    map.invalidateSize({ animate: false, pan: false });
    map.fitBounds(group.getBounds(), { padding: [4, 4], animate: false });
    placeLabels(map);
  };
  let view;
  window.addEventListener("beforeprint", () => {
    view = [map.getCenter(), map.getZoom()];
    document.body.classList.add("printing");
    redraw();
  });
  window.addEventListener("afterprint", () => {
    document.body.classList.remove("printing");
    // The screen's layout is back only with the next frame.
    requestAnimationFrame(() => {
      map.invalidateSize({ animate: false, pan: false });
      map.setView(...view, { animate: false });
    });
  });
}
