/* Printing: the canvas is a picture of the screen's size, so it is drawn again at the size of the sheet. */
"use strict";

/* Twice as fine as the screen's, and back afterwards. */
function fitForPrint(map, group) {
  const redraw = () => {
    map.invalidateSize({ animate: false, pan: false });
    map.fitBounds(group.getBounds(), { padding: [4, 4], animate: false });
    placeLabels(map);
  };
  const isFine = L.Browser.retina;
  let view;
  window.addEventListener("beforeprint", () => {
    view = [map.getCenter(), map.getZoom()];
    document.body.classList.add("printing");
    L.Browser.retina = true;
    redraw();
  });
  window.addEventListener("afterprint", () => {
    document.body.classList.remove("printing");
    L.Browser.retina = isFine;
    // The screen's layout is back only with the next frame.
    requestAnimationFrame(() => {
      map.invalidateSize({ animate: false, pan: false });
      map.setView(...view, { animate: false });
    });
  });
}
