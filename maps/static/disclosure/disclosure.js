"use strict";
// Filters the rows of the first table by text and by result; everything stays on this page.
(() => {
  const find = document.getElementById("find");
  const kind = document.getElementById("kind");
  const shown = document.getElementById("shown");
  if (!find) return;
  const words = JSON.parse(document.getElementById("xunge-data").textContent);
  const fold = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  const rows = [...document.querySelector("table.cards").tBodies[0].rows].map((row) => ({
    row,
    text: fold([...row.cells].map((cell) => cell.textContent).join(" ")),
  }));
  const filter = () => {
    const parts = fold(find.value).split(" ").filter(Boolean);
    let count = 0;
    for (const { row, text } of rows) {
      const fits = (!kind.value || row.dataset.result === kind.value) && parts.every((part) => text.includes(part));
      row.hidden = !fits;
      count += fits;
    }
    shown.textContent = words.shown.replace("{count}", count).replace("{all}", rows.length);
  };
  find.addEventListener("input", filter);
  kind.addEventListener("change", filter);
  filter();
})();
