// Tables that sort by any column; every cell is text.
"use strict";

class SortedTable {
  /** `open(row)` gives what a chosen row unfolds, if rows unfold. */
  constructor({ caption: text, columns, notes }, open = null) {
    Object.assign(this, { columns, open, by: null, down: false });
    this.order = columns[0].cells.map((_, i) => i);
    this.body = make("tbody");
    this.heads = columns.map((column, k) => this.head(column, k));
    const table = make("table", {}, make("thead", {}, make("tr", {}, ...this.heads)), this.body);
    table.setAttribute("aria-label", text);
    this.rows = this.order.map((i) => this.row(i));
    this.root = make("div", { className: "sheet" }, caption(text), scrolling(text, table));
    const meant = columns.filter((column) => column.meaning);
    if (meant.length || notes.length) this.root.append(this.legend(meant, notes));
    this.draw();
  }

  head(column, k) {
    const button = make("button", { type: "button", textContent: column.head, title: column.meaning });
    button.addEventListener("click", () => this.sort(k));
    return make("th", { scope: "col", className: column.number ? "number" : "" }, button);
  }

  row(i) {
    const cells = this.columns.map((column, k) => {
      const text = column.cells[i];
      const cell = make(k ? "td" : "th", { textContent: text });
      cell.className = column.number ? "number" : text.length > 40 ? "long" : "";
      if (!k) cell.scope = "row";
      return cell;
    });
    const row = make("tr", {}, ...cells);
    if (this.open) this.unfolds(row, cells[0], i);
    return row;
  }

  unfolds(row, cell, i) {
    const button = make("button", { type: "button", className: "unfold", textContent: cell.textContent });
    button.setAttribute("aria-expanded", false);
    cell.replaceChildren(button);
    button.addEventListener("click", () => {
      if (row.more) row.more = row.more.remove();
      else {
        row.more = make("tr", { className: "more" }, make("td", { colSpan: this.columns.length }, this.open(i)));
        row.after(row.more);
      }
      button.setAttribute("aria-expanded", Boolean(row.more));
    });
  }

  legend(meant, notes) {
    const list = make("dl");
    for (const { head, meaning } of meant) {
      list.append(make("dt", { textContent: head }), make("dd", { textContent: meaning }));
    }
    const said = notes.map((note) => make("p", { textContent: note }));
    return make("details", { className: "quiet columns" }, make("summary", { textContent: "What the columns mean" }), list, ...said);
  }

  /** Best first by nature: numbers and words upwards, and the other way round the second time. */
  sort(k) {
    this.down = this.by === k && !this.down;
    this.by = k;
    const { keys, cells } = this.columns[k];
    const value = (i) => (keys ? (keys[i] === null ? NaN : Number(keys[i])) : cells[i]);
    this.order.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x !== x || y !== y) return (x !== x) - (y !== y) || a - b;
      const way = keys ? (x > y) - (x < y) : x.localeCompare(y, "en", { numeric: true });
      return (this.down ? -way : way) || a - b;
    });
    this.draw();
  }

  /** Only rows whose text holds the words. */
  filter(words) {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    this.rows.forEach((row, i) => {
      const text = this.columns.map((column) => column.cells[i]).join(" ").toLowerCase();
      row.hidden = !wanted.every((word) => text.includes(word));
      if (row.more) row.more.hidden = row.hidden;
    });
    return this.rows.filter((row) => !row.hidden).length;
  }

  draw() {
    this.heads.forEach((head, k) => {
      if (k === this.by) head.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    this.body.replaceChildren(...this.order.flatMap((i) => [this.rows[i], this.rows[i].more].filter(Boolean)));
  }
}
