/* Finds areas and places by name: a box with a list, after the ARIA pattern of a combobox. */
"use strict";

const MOST_FOUND = 8;

function searchItems(data) {
  const { names, groups, ids } = data.areas;
  const areas = names.map((name, index) => ({ name, kind: groups[index] || "", area: ids[index] }));
  const places = data.places.names.map((name, index) => {
    const at = data.places.at[index];
    const target = typeof at === "number" ? { area: ids[at] } : { point: at };
    return { name, kind: data.places.kinds[index], ...target };
  });
  return [...areas, ...places].map((item) => ({ ...item, plain: plain(item.name) }));
}

/* Names that begin with what is typed, then names with a word that does, then names that hold it. */
function findItems(items, typed) {
  const wanted = plain(typed).trim();
  if (!wanted) {
    return [];
  }
  const grade = ({ plain: name }) =>
    name.startsWith(wanted) ? 0 : name.includes(` ${wanted}`) ? 1 : name.includes(wanted) ? 2 : 3;
  return items
    .map((item) => ({ item, grade: grade(item) }))
    .filter((found) => found.grade < 3)
    .sort((a, b) => a.grade - b.grade || COLLATOR.compare(a.item.name, b.item.name))
    .map(({ item }) => item);
}

function bindSearch(data, goTo) {
  const box = document.getElementById("search-box");
  if (!box) {
    return;
  }
  const list = document.getElementById("search-found");
  const count = document.getElementById("search-count");
  const items = searchItems(data);
  let found = [];
  let active = -1;

  function open(typed) {
    const all = findItems(items, typed);
    found = all.slice(0, MOST_FOUND);
    list.replaceChildren(...found.map(option));
    setActive(-1);
    setOpen(found.length > 0);
    const more = all.length > found.length ? `, the first ${found.length} are listed` : "";
    count.textContent = !typed.trim() ? "" : all.length ? `${all.length} found${more}` : "Nothing found";
  }

  function option(item, place) {
    const row = element("li", "", item.name);
    row.id = `search-${place}`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", "false");
    if (item.kind) {
      row.append(" ", element("small", "", item.kind));
    }
    // Before the box loses the focus and with it the list.
    row.addEventListener("mousedown", (event) => {
      event.preventDefault();
      take(place);
    });
    return row;
  }

  function setOpen(isOpen) {
    list.hidden = !isOpen;
    box.setAttribute("aria-expanded", String(isOpen));
  }

  function setActive(place) {
    active = place;
    [...list.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === place)));
    if (place < 0) {
      box.removeAttribute("aria-activedescendant");
    } else {
      box.setAttribute("aria-activedescendant", `search-${place}`);
      list.children[place].scrollIntoView({ block: "nearest" });
    }
  }

  function take(place) {
    const item = found[place];
    box.value = item.name;
    setOpen(false);
    goTo(item, box);
  }

  const moves = {
    ArrowDown: () => (list.hidden ? open(box.value) : setActive((active + 1) % found.length)),
    ArrowUp: () => !list.hidden && setActive(active > 0 ? active - 1 : found.length - 1),
    Enter: () => found.length && take(Math.max(active, 0)),
    Escape: () => (list.hidden ? (box.value = "") : setOpen(false)),
  };
  box.addEventListener("input", () => open(box.value));
  box.addEventListener("blur", () => setOpen(false));
  box.addEventListener("keydown", (event) => {
    const isOpen = !list.hidden;
    if (event.key in moves && (isOpen || event.key !== "Escape" || box.value)) {
      event.preventDefault();
      moves[event.key]();
    }
  });
}
