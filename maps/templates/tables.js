/* Sorts a table by the heading that is pressed; the heading is a button, so the keyboard does it too. */
"use strict";

function sortValue(row, column) {
  const cell = row.cells[column];
  return cell.dataset.sort === undefined ? cell.textContent : cell.dataset.sort;
}

function compareRows(column, isNumber, direction) {
  const collator = new Intl.Collator("en", { numeric: true });
  return (first, second) => {
    const [a, b] = [sortValue(first, column), sortValue(second, column)];
    if (a === "" || b === "") {
      return (a === "") - (b === ""); // nothing to compare: last, whichever way
    }
    return direction * (isNumber ? Math.sign(Number(a) - Number(b)) || 0 : collator.compare(a, b));
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

for (const table of document.querySelectorAll("table.sortable")) {
  Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sortTable(table, column));
  });
}
