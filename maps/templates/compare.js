/* Two layers on one map: a slider moves the border between them. */
"use strict";

const THUMB = 28; // pixels, as in the style

function bindCompare(page) {
  const { map, data, areas } = page;
  const button = document.getElementById("compare-button");
  if (!button) {
    return { isOn: () => false, side: () => null };
  }
  const slider = document.getElementById("swipe");
  const sheet = document.querySelector(".swipe");
  const choices = [...document.querySelectorAll(".side-choice")];
  const [left, right] = choices.map((choice) => choice.querySelector("select"));
  const renderer = map.options.renderer;
  let isOn = false;

  /* The middle of the thumb, in pixels of the map. */
  function splitAt() {
    const width = map.getSize().x;
    return THUMB / 2 + (width - THUMB) * (Number(slider.value) / 100);
  }

  function moved() {
    sheet.style.setProperty("--at", `${splitAt()}px`);
    const names = [left, right].map((choice) => choice.selectedOptions[0].textContent);
    [".left", ".right"].forEach((side, place) => (sheet.querySelector(side).textContent = names[place]));
    slider.setAttribute("aria-valuetext", `${slider.value}% from the left: ${names[0]} on the left, ${names[1]} on the right`);
    renderer.redrawAll();
  }

  function turn(on) {
    if (on && !isOn) {
      [left.value, right.value] = data.compare;
    }
    isOn = on;
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "Show one layer" : "Compare two layers";
    choices.forEach((choice) => (choice.hidden = !on));
    sheet.hidden = !on;
    renderer.splitAt = on ? splitAt : null;
    document.body.classList.toggle("comparing", on);
    page.showLayers(...(on ? [left.value, right.value] : [left.value]));
    moved();
  }

  button.addEventListener("click", () => turn(!isOn));
  slider.addEventListener("input", moved);
  choices.forEach((choice) => choice.addEventListener("change", () => {
    page.showLayers(left.value, right.value);
    moved();
  }));
  // The border stands still while the map moves under it.
  map.on("move zoomend resize", () => isOn && moved());
  return {
    isOn: () => isOn,
    right: () => right.value,
    setLeft(key) {
      left.value = key;
      moved();
    },
  };
}
