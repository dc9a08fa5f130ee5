/* The panel that tells of what was chosen. It takes the focus only from a reader who came by keyboard or by a list,
   and gives it back to where it was. */
"use strict";

function makePanel(map, { onClose }) {
  const box = document.getElementById("area-panel");
  if (!box) {
    return null;
  }
  const heading = box.querySelector("h3");
  const body = box.querySelector(".panel-body");
  let openedFrom = null;

  function show(feature, opener) {
    heading.textContent = feature.name;
    body.replaceChildren(...panelParts(feature));
    box.hidden = false;
    box.scrollTop = 0;
    openedFrom = opener || openedFrom;
    // What the tooltip said is in the panel; left open it would only hide the map.
    map.eachLayer((layer) => layer instanceof L.Tooltip && layer.remove());
    placeLabels(map);
    if (opener) {
      heading.focus();
    }
  }

  function close() {
    if (box.hidden) {
      return;
    }
    const back = box.contains(document.activeElement) ? openedFrom || map.getContainer() : null;
    box.hidden = true;
    placeLabels(map);
    openedFrom = null;
    onClose();
    if (back) {
      back.focus();
    }
  }

  const isSheet = () => getComputedStyle(box).position !== "absolute";
  box.querySelector(".close-button").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) {
      close();
    }
  });
  map.options.hiddenRight = () => (box.hidden || isSheet() ? 0 : box.offsetWidth);
  return { show, close };
}

function panelParts({ place, found, rows, details: { figures, texts, note } }) {
  const parts = [];
  if (place) {
    parts.push(element("p", "panel-place", place));
  }
  if (found) {
    parts.push(element("p", "panel-found", `Found: ${found}`));
  }
  if (figures.length) {
    parts.push(panelFigures(figures));
  }
  for (const { heading, text } of texts) {
    parts.push(element("h4", "", heading), element("p", "panel-text", text));
  }
  if (note) {
    parts.push(element("p", "panel-note", note));
  }
  for (const { title, reveal } of rows) {
    const button = element("button", "link-button", `Its row in “${title}”`);
    button.type = "button";
    button.addEventListener("click", reveal);
    parts.push(button);
  }
  return parts;
}

function panelFigures(figures) {
  const list = element("dl", "panel-figures");
  for (const { label, value, place } of figures) {
    const group = element("div", "");
    const figure = element("dd", "", value);
    group.append(element("dt", "", label), figure);
    if (place) {
      group.append(element("dd", "panel-rank", place));
    }
    list.append(group);
  }
  return list;
}
