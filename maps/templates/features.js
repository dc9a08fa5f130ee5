/* One way to choose something on the map, whether it was clicked, found, or picked in a table. */
"use strict";

/* What can be chosen, by what it is and its identifier: name, figures, where it is. */
function indexFeatures(data, areas, overlays) {
  const found = new Map();
  const add = (links, id, feature) => found.set(`${links} ${id}`, { links, id, ...feature });
  data.areas.ids.forEach((id, index) => {
    const paths = () => areas.members[index].getLatLngs();
    add("areas", id, { index, name: data.areas.names[index], place: data.areas.groups[index] || "", paths });
  });
  for (const { name, outline } of data.backdrop.filter((group) => group.name)) {
    const paths = () => outline.map(pathOf);
    add("groups", name, { index: -1, name, place: "", paths });
  }
  for (const overlay of overlays) {
    overlay.ids.forEach((id, index) => {
      const place = overlay.names[index] ? overlay.title : "";
      const flat = overlay.kind === "polygon" ? overlay.shapes[index].flat() : overlay.shapes[index];
      add(overlay.key, id, { index, name: overlay.names[index] || overlay.title, place, overlay, paths: () => flat.map(pathOf) });
    });
  }
  return { get: (links, id) => found.get(`${links} ${id}`) };
}

function boundsOf(feature) {
  return L.latLngBounds(feature.paths().flat(Infinity));
}

/* Outlines what is chosen, so that it is seen on any colour: dark between two white edges. */
function makeMarker(map) {
  const layers = L.featureGroup().addTo(map);
  const strokes = [{ color: "#ffffff", weight: 7 }, { color: INK, weight: 3.5 }];
  return {
    toFront: () => layers.bringToFront(),
    clear: () => layers.clearLayers(),
    mark(feature) {
      layers.clearLayers();
      const isPoint = feature.overlay ? feature.overlay.kind === "point" : false;
      for (const stroke of strokes) {
        const style = { ...stroke, fill: false, interactive: false, smoothFactor: 0 };
        if (isPoint) {
          feature.paths().forEach(([at]) => layers.addLayer(L.circleMarker(at, { ...style, radius: 12 })));
        } else if (feature.links === "areas" || (feature.overlay && feature.overlay.kind === "polygon")) {
          layers.addLayer(L.polygon(feature.paths(), style));
        } else {
          layers.addLayer(L.polyline(feature.paths(), style));
        }
      }
    },
    markPoint(latlng) {
      layers.clearLayers();
      for (const stroke of strokes) {
        layers.addLayer(L.circleMarker(latlng, { ...stroke, radius: 12, fill: false, interactive: false }));
      }
    },
  };
}

/* The area under a place on the map, if any. */
function areaUnder(map, areas, latlng) {
  const point = map.latLngToLayerPoint(latlng);
  return areas.members.find((area) => area._parts && area._parts.length && area._containsPoint(point));
}

function makeSelection(page) {
  const { map, data, areas, features, marker, panel, tables } = page;

  function choose(feature, { zoom = false, at = null, opener = null, found = "" } = {}) {
    if (feature.overlay && !map.hasLayer(feature.overlay.group)) {
      page.showOverlay(feature.overlay.key, true);
    }
    marker.mark(feature);
    const rows = tables.mark(feature.links, feature.id);
    if (panel) {
      panel.show({ ...feature, found, rows, details: detailsOf(data, feature) }, opener);
    } else if (opener) {
      map.getContainer().focus();
    }
    bringIntoSight(feature, zoom, at);
  }

  /* Beside the panel, not under it. */
  function bringIntoSight(feature, zoom, at) {
    const bounds = boundsOf(feature);
    const room = { paddingTopLeft: [60, 30], paddingBottomRight: [30 + map.options.hiddenRight(), 30], animate: false };
    if (zoom) {
      map.fitBounds(bounds, { ...room, maxZoom: page.wholeZoom() + 1.75 });
    } else {
      map.panInside(at || bounds.getCenter(), room);
    }
  }

  function clear() {
    marker.clear();
    tables.mark("", "");
  }

  function choosePoint(latlng, { name, kind, opener }) {
    map.setView(latlng, Math.max(map.getZoom(), page.wholeZoom() + 1.5), { animate: false });
    const area = areaUnder(map, areas, latlng);
    const words = kind ? `${name} (${kind})` : name;
    if (area) {
      choose(features.get("areas", data.areas.ids[area.areaIndex]), { opener, found: words });
    } else if (panel) {
      tables.mark("", "");
      panel.show({ name, place: kind, found: "", rows: [], details: { figures: [], texts: [], note: "" } }, opener);
    }
    marker.markPoint(latlng);
  }

  areas.group.on("click", ({ layer, latlng }) => choose(features.get("areas", data.areas.ids[layer.areaIndex]), { at: latlng }));
  for (const overlay of page.overlays) {
    overlay.group.on("click", ({ layer, latlng }) => {
      // A finger that means an area often meets a line: what has no identity lets the click through.
      const id = overlay.ids.length ? overlay.ids[layer.featureIndex] : undefined;
      const area = id === undefined ? areaUnder(map, areas, latlng) : null;
      const feature = area ? features.get("areas", data.areas.ids[area.areaIndex]) : features.get(overlay.key, id);
      if (feature) {
        choose(feature, { at: latlng });
      }
    });
  }
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === map.getContainer()) {
      const area = areaUnder(map, areas, map.getCenter());
      if (area) {
        choose(features.get("areas", data.areas.ids[area.areaIndex]), { opener: map.getContainer() });
      }
    }
  });
  return { choose, choosePoint, clear };
}

/* What the panel prints of an area, or of anything else the figures of its tooltip. */
function detailsOf(data, { links, index, overlay }) {
  const pick = (figures) => figures.map(({ label, values, places }) => ({ label, value: values[index], place: places ? places[index] : "" }));
  if (overlay) {
    return { figures: pick(overlay.figures), texts: [], note: "" };
  }
  if (links !== "areas") {
    return { figures: [], texts: [], note: "" };
  }
  const { figures, texts, note } = data.panel || { figures: data.areas.figures, texts: [], note: "" };
  const said = texts.map(({ heading, values }) => ({ heading, text: values[index] })).filter(({ text }) => text);
  return { figures: pick(figures), texts: said, note };
}
