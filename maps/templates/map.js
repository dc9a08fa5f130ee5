/* Draws the page's data on the map and binds the page's controls to it.
   Texts arrive ready to read and are only ever set as text, never as HTML. */
"use strict";

function drawPage(map, data) {
  // One canvas for everything: a second one above it would swallow the pointer. It joins the map first, for whatever is
  // drawn when the map gets its first view asks it for its bounds.
  map.options.renderer = new PageCanvas({ padding: 0.3, tolerance: 3 }).addTo(map);
  map.options.hiddenRight = () => 0; // pixels of the map that lie under the panel
  addAttribution(map, data);
  const page = { map, data };
  page.areas = drawAreas(map, data);
  page.backdrop = drawBackdrop(map, data.backdrop);
  page.overlays = data.overlays.map((overlay) => makeOverlay(overlay));
  page.features = indexFeatures(data, page.areas, page.overlays);
  page.labels = L.layerGroup().addTo(map);
  page.marker = makeMarker(map);
  page.hover = makeHover(map);
  // All that changes the document first: what follows measures it, and each measuring lays the whole page out anew.
  page.tables = makeTables(data);
  page.tables.link({ ...page, choose: (...chosen) => page.selection.choose(...chosen) });
  page.panel = makePanel(map, { onClose: () => page.selection.clear() });
  page.showOverlay = (key, isShown) => showOverlay(page, key, isShown);
  page.showLayers = (...keys) => showLayers(page, keys);
  page.overlays.filter((overlay) => overlay.visible).forEach((overlay) => overlay.group.addTo(map));
  page.compare = bindCompare(page);
  bindControls(page);
  fitHeight(map, page.areas.group);
  fitToAreas(map, page.areas.group);
  const whole = map.getZoom();
  page.wholeZoom = () => whole;
  page.selection = makeSelection(page);
  page.areas.group.on("mouseover", ({ layer }) => page.hover(page.features.get("areas", data.areas.ids[layer.areaIndex])));
  page.areas.group.on("mouseout", () => page.hover(null));
  bindSearch(data, (item, opener) => {
    if (item.area === undefined) {
      page.selection.choosePoint(L.latLng(item.point[1], item.point[0]), { ...item, opener });
    } else {
      page.selection.choose(page.features.get("areas", item.area), { zoom: true, opener });
    }
  });
  addButtons(map, page.areas.group);
  zoomWithWheelAfterClick(map);
  tellKeyboardFromPointer();
  fitForPrint(map, page.areas.group);
  arrange(page);
  map.on("moveend resize", () => placeLabels(map));
  window.corridorsMap = map;
  map.getContainer().dataset.featureCount = String(page.areas.members.length);
}

function addAttribution(map, data) {
  const asText = (text) => element("span", "", text).innerHTML;
  map.attributionControl.setPrefix("");
  const said = [data.attribution, data.runId && `Run ${data.runId}`].filter(Boolean);
  said.forEach((text) => map.attributionControl.addAttribution(asText(text)));
  if (data.tiles) {
    const { url, attribution, maxZoom } = data.tiles;
    L.tileLayer(url, { attribution: asText(attribution), maxZoom, alt: "" }).addTo(map);
  }
}

/* A layer switched on is drawn above all others: put the order of the page back. */
function arrange(page) {
  const { map, data, areas, backdrop, overlays, labels, hover, marker, compare } = page;
  backdrop.bringToFront();
  hover.toFront();
  const shown = overlays.filter((overlay) => map.hasLayer(overlay.group));
  shown.sort((a, b) => a.order - b.order).forEach((overlay) => overlay.group.bringToFront());
  marker.toFront();
  const numbered = compare.isOn() ? [] : areas.shown()[0].numbered;
  drawLabels(map, labels, { backdrop: data.backdrop, overlays: shown, numbered });
}

function makeHover(map) {
  const outline = L.polygon([], { fill: false, color: INK, weight: 3, interactive: false, smoothFactor: 0 }).addTo(map);
  const hover = (feature) => outline.setLatLngs(feature && feature.links === "areas" ? feature.paths() : []);
  hover.toFront = () => outline.bringToFront();
  return hover;
}

/* ---- controls ---- */

function bindControls(page) {
  const form = document.querySelector(".controls");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", ({ target }) => {
    if (target.name === "choropleth") {
      page.showLayers(target.value, ...(page.compare.isOn() ? [page.compare.right()] : []));
      if (page.compare.isOn()) {
        page.compare.setLeft(target.value);
      }
    } else {
      showOverlay(page, target.value, target.checked);
    }
  });
}

function showOverlay(page, key, isShown) {
  const { group } = page.overlays.find((overlay) => overlay.key === key);
  document.querySelector(`input[name="overlay"][value="${key}"]`).checked = isShown;
  group[isShown ? "addTo" : "removeFrom"](page.map);
  arrange(page);
}

function showLayers(page, keys) {
  const layers = keys.map((key) => page.data.choropleths.find((layer) => layer.key === key));
  page.areas.show(...layers);
  document.querySelector(`input[name="choropleth"][value="${keys[0]}"]`).checked = true;
  for (const legend of document.querySelectorAll("[data-legend]")) {
    const side = keys.indexOf(legend.dataset.legend);
    legend.hidden = side < 0;
    legend.style.order = String(side);
    legend.querySelector(".side-word").textContent = keys.length < 2 ? "" : side === 0 ? "Left: " : "Right: ";
  }
  document.getElementById("layer-summary").textContent = layers.map((layer) => layer.summary).join(" ");
  arrange(page);
}

function fitToAreas(map, group) {
  map.fitBounds(group.getBounds(), { padding: [12, 12], animate: false });
  map.setMinZoom(Math.floor(map.getZoom()) - 1);
}

/* On a narrow screen the map is as high as the areas need (the style reads the ratio). */
function fitHeight(map, group) {
  const bounds = group.getBounds();
  const size = map.project(bounds.getSouthEast(), 8).subtract(map.project(bounds.getNorthWest(), 8));
  map.getContainer().style.setProperty("--aspect", String(size.x / size.y));
}

function addButtons(map, group) {
  const whole = L.control({ position: "topleft" });
  whole.onAdd = () => {
    const bar = L.DomUtil.create("div", "leaflet-bar");
    const button = L.DomUtil.create("button", "whole-button", bar);
    button.type = "button";
    button.textContent = "All";
    button.title = "Show the whole area";
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

/* Leaflet focuses the map on every click: its frame and cross are for those who came by keyboard. */
function tellKeyboardFromPointer() {
  const tell = (byKeyboard) => () => document.body.classList.toggle("by-keyboard", byKeyboard);
  document.addEventListener("keydown", tell(true), true);
  document.addEventListener("pointerdown", tell(false), true);
}

/* A page is scrolled with the wheel; the map takes it only after a click, and gives it back. */
function zoomWithWheelAfterClick(map) {
  map.scrollWheelZoom.disable();
  map.on("click", () => map.scrollWheelZoom.enable());
  map.on("mouseout", () => map.scrollWheelZoom.disable());
}
