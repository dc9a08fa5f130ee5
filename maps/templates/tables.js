/* Tables: sorted by the heading that is pressed, narrowed by what is typed, saved as CSV, linked with the map. */
"use strict";

const COLLATOR = new Intl.Collator("en", { numeric: true });
/* A spreadsheet computes a text that begins with one of these. */
const FORMULA = /^[\s]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/;

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function sortValue(row, column) {
  const cell = row.cells[column];
  return cell.dataset.sort === undefined ? cell.textContent : cell.dataset.sort;
}

function compareRows(column, isNumber, direction) {
  return (first, second) => {
    const [a, b] = [sortValue(first, column), sortValue(second, column)];
    if (a === "" || b === "") {
      return (a === "") - (b === ""); // nothing to compare: last, whichever way
    }
    return direction * (isNumber ? Math.sign(Number(a) - Number(b)) || 0 : COLLATOR.compare(a, b));
  };
}

function sortTable(table, column) {
  const heading = table.tHead.rows[0].cells[column];
  const descending = heading.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) {
    other.removeAttribute("aria-sort");
  }
  heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const body = table.tBodies[0];
  const isNumber = heading.classList.contains("number");
  body.append(...Array.from(body.rows).sort(compareRows(column, isNumber, descending ? -1 : 1)));
}

function makeSortable(table) {
  Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
    const button = element("button", "");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sortTable(table, column));
  });
}

/* ---- narrowing ---- */

function narrowRows(table, tools) {
  const words = plain(tools.querySelector(".filter").value).split(/\s+/).filter(Boolean);
  const rows = Array.from(table.tBodies[0].rows);
  for (const row of rows) {
    const text = plain(Array.from(row.cells, (cell) => cell.textContent).join(" "));
    row.hidden = !words.every((word) => text.includes(word));
  }
  const left = rows.filter((row) => !row.hidden).length;
  tools.querySelector(".row-count").textContent = words.length ? `${left} of ${rows.length} rows` : `${rows.length} rows`;
}

/* ---- saving ---- */

function csvCell(cell) {
  const raw = cell.dataset.sort;
  const isFigure = cell.tagName !== "TH" || cell.scope === "row" ? cell.classList.contains("number") : false;
  const figure = raw === undefined ? cell.textContent : raw;
  const text = isFigure && raw !== "Infinity" ? figure : cell.textContent;
  const safe = FORMULA.test(text) && !(isFigure && Number.isFinite(Number(text))) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function csvText(table) {
  const rows = [table.tHead.rows[0], ...Array.from(table.tBodies[0].rows).filter((row) => !row.hidden)];
  const lines = rows.map((row) => Array.from(row.cells, csvCell).join(","));
  return `\uFEFF${lines.join("\r\n")}\r\n`; // spreadsheets take the mark for UTF-8
}

function saveTable(table, name) {
  const address = URL.createObjectURL(new Blob([csvText(table)], { type: "text/csv;charset=utf-8" }));
  const link = element("a", "");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

/* ---- rows and features ---- */

const rowLink = (row) => (row.dataset.link === undefined ? row.dataset.id : row.dataset.link);

function makeTables(data) {
  const tables = Array.from(document.querySelectorAll("table.figures"));
  for (const table of tables.filter((each) => each.classList.contains("sortable"))) {
    makeSortable(table);
  }
  for (const tools of document.querySelectorAll(".table-tools")) {
    const table = document.getElementById(`table-${tools.dataset.table}`);
    const run = data.runId.replace(/[^\w-]/g, "");
    tools.hidden = false;
    tools.querySelector(".save").addEventListener("click", () => saveTable(table, `${tools.dataset.table}${run ? `-${run}` : ""}.csv`));
    if (tools.querySelector(".filter")) {
      tools.querySelector(".filter").addEventListener("input", () => narrowRows(table, tools));
      narrowRows(table, tools);
    }
  }
  return { link: (page) => linkRows(tables, page), mark: (links, id) => markRows(tables, links, id) };
}

/* The name of each row that stands for something on the map becomes a button that shows it. */
function linkRows(tables, { map, features, hover, choose }) {
  for (const table of tables.filter((each) => each.dataset.links)) {
    for (const row of table.tBodies[0].rows) {
      const feature = features.get(table.dataset.links, rowLink(row));
      const heading = row.querySelector("th");
      if (!feature || !heading) {
        continue;
      }
      const button = element("button", "row-button");
      button.type = "button";
      button.title = "Show on the map";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        map.getContainer().scrollIntoView({ block: "nearest" });
        choose(feature, { zoom: true, opener: button });
      });
      row.addEventListener("mouseenter", () => hover(feature));
      row.addEventListener("mouseleave", () => hover(null));
    }
  }
}

function markRows(tables, links, id) {
  const marked = [];
  for (const table of tables) {
    for (const row of table.tBodies[0].rows) {
      const isChosen = links !== "" && table.dataset.links === links && rowLink(row) === id;
      if (isChosen) {
        row.setAttribute("aria-current", "true");
        marked.push({ title: table.closest(".table-block").querySelector("h3").textContent, reveal: () => revealRow(table, row) });
        scrollWithin(table.closest(".table-scroll"), row);
      } else {
        row.removeAttribute("aria-current");
      }
    }
  }
  return marked;
}

/* Brings a row into the sight of its table without moving the page. */
function scrollWithin(region, row) {
  if (region.scrollHeight > region.clientHeight && !row.hidden) {
    region.scrollTop = row.offsetTop - region.clientHeight / 2;
  }
}

function revealRow(table, row) {
  if (row.hidden) {
    const tools = document.querySelector(`.table-tools[data-table="${table.id.slice("table-".length)}"]`);
    tools.querySelector(".filter").value = "";
    narrowRows(table, tools);
  }
  row.querySelector("button").focus({ preventScroll: true });
  row.scrollIntoView({ block: "center" });
}
