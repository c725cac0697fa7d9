// Shots down, lines across. Names and words come as data and are set as text, never as markup.
const MARK = { pass: "✓", fail: "✕", unsure: "?", not_measured: "–" };
const LINKS_LIVE_MS = 100000; // the service lets them live two minutes

function made(tag, kind, text) {
  const one = document.createElement(tag);
  if (kind) one.className = kind;
  if (text !== undefined) one.textContent = text;
  return one;
}

class Sheet {
  constructor(root) {
    this.root = root;
    this.at = [0, 0];
    this.box = made("div", "sheet");
    this.scroll = made("div", "scroll");
    this.table = made("table");
    this.table.setAttribute("role", "grid");
    this.table.setAttribute("aria-label", "Shots against their acceptance lines");
    this.scroll.append(this.table);
    this.panel = made("div", "evidence");
    this.panel.setAttribute("role", "tooltip");
    this.panel.id = "evidence";
    this.hint = made("p", "keys", "Arrows move · Enter opens · [ and ] another take of the shot · Escape hides the evidence");
    this.box.append(this.scroll, this.hint, this.panel);
    root.append(this.box);
    this.table.addEventListener("keydown", (e) => this.key(e));
    this.scroll.addEventListener("scroll", () => this.follow(), { passive: true });
    this.escape = (e) => { if (e.key === "Escape") this.hide(); };
    document.addEventListener("keydown", this.escape);
  }

  show(data, tell) {
    this.tell = tell;
    this.ground();
    if (this.data && this.data.stamp === data.stamp) return;
    const held = this.root.activeElement ? this.root.activeElement.closest(".cell") : null;
    this.data = data;
    this.since = performance.now();
    this.asked = false;
    this.draw();
    if (held) this.focus(this.at[0], this.at[1]);
    if (this.shown) this.renewed();
  }

  ground() {
    const rgb = getComputedStyle(this.box).getPropertyValue("--st-background-color").trim();
    const probe = made("span");
    probe.style.color = rgb;
    this.box.append(probe);
    const [r, g, b] = (getComputedStyle(probe).color.match(/[\d.]+/g) || [255, 255, 255]).map(Number);
    probe.remove();
    this.box.dataset.ground = 0.3 * r + 0.6 * g + 0.1 * b < 128 ? "dark" : "light";
  }

  draw() {
    const most = Math.max(1, ...this.data.rows.map((r) => r.cells.length));
    const head = made("tr");
    head.append(made("th", "", "Shot"));
    for (let i = 1; i <= most; i++) head.append(made("th", "", `Line ${i}`));
    for (const one of head.children) one.scope = "col";
    const top = made("thead");
    top.append(head);
    const body = made("tbody");
    this.data.rows.forEach((row, y) => body.append(this.row(row, y, most)));
    this.table.replaceChildren(top, body);
    this.at = [Math.min(this.at[0], Math.max(0, this.data.rows.length - 1)), this.at[1]];
    const first = this.cell(...this.at) || this.table.querySelector(".cell");
    if (first) first.tabIndex = 0;
  }

  row(row, y, most) {
    const line = made("tr");
    const head = made("th");
    head.scope = "row";
    const shot = made("div", "shot");
    shot.append(this.thumb(row));
    const words = made("div");
    words.append(made("b", "", row.shot), made("span", "small", row.about), made("span", "small", row.chosen));
    if (row.proof) words.append(made("span", "small", row.proof));
    words.append(made("span", "small", row.money));
    if (row.places > 1) words.append(this.turner(row, y));
    shot.append(words);
    head.append(shot);
    line.append(head);
    row.cells.forEach((cell, x) => {
      const td = made("td");
      td.append(this.button(row, cell, y, x));
      line.append(td);
    });
    if (!row.cells.length) {
      const td = made("td");
      td.colSpan = most;
      td.append(made("div", "none", row.take ? "This shot has no acceptance lines." : "No take of this shot was measured yet."));
      line.append(td);
    } else {
      for (let x = row.cells.length; x < most; x++) line.append(made("td"));
    }
    return line;
  }

  thumb(row) {
    if (!row.thumb) return made("div", "thumb");
    const img = made("img", "thumb");
    img.loading = "lazy";
    img.decoding = "async";
    img.alt = `Take of ${row.shot}`;
    img.src = this.data.base + row.thumb;
    img.addEventListener("error", () => this.renew());
    return img;
  }

  turner(row, y) {
    const box = made("div", "turn");
    for (const [by, sign, words] of [[-1, "‹", "Take before"], [1, "›", "Next take"]]) {
      const one = made("button", "", sign);
      one.type = "button";
      one.tabIndex = -1;
      one.setAttribute("aria-label", `${words} of ${row.shot}`);
      one.addEventListener("click", () => this.turn(y, by));
      box.append(one);
    }
    box.append(made("span", "small", `${row.place} of ${row.places} takes`));
    return box;
  }

  button(row, cell, y, x) {
    const one = made("button", "cell");
    one.type = "button";
    one.tabIndex = -1;
    one.dataset.v = cell.verdict;
    one.dataset.must = String(cell.must);
    one.dataset.y = y;
    one.dataset.x = x;
    one.setAttribute("aria-describedby", "evidence");
    const head = made("span", "head");
    head.append(made("span", "mark", MARK[cell.verdict] || "–"), made("span", "word", cell.said));
    if (cell.must) head.append(made("span", "tag", "must"));
    if (cell.over) head.append(made("span", "tag", "overruled"));
    one.append(head, made("span", "small numbers", [cell.value, cell.limit].filter(Boolean).join(" · limit ")));
    if (cell.before) one.append(made("span", "small", `before the repair: ${cell.before}`));
    one.append(made("span", "small title", cell.title));
    one.addEventListener("click", () => this.open(y, x));
    one.addEventListener("focus", () => { this.at = [y, x]; this.rove(one); this.reveal(one, row, cell); });
    one.addEventListener("blur", () => this.hide());
    one.addEventListener("mouseenter", () => this.reveal(one, row, cell));
    one.addEventListener("mouseleave", () => this.hide());
    return one;
  }

  reveal(near, row, cell) {
    this.shown = { row: row.id, n: cell.n };
    const told = [made("p", "", `${row.shot}, line ${cell.n}: ${cell.title}`)];
    if (cell.picture) {
      const img = made("img");
      img.alt = `Evidence for line ${cell.n} of ${row.shot}`;
      if (performance.now() - this.since < LINKS_LIVE_MS) img.src = this.data.base + cell.picture;
      else this.renew();
      img.addEventListener("error", () => this.renew());
      told.push(img);
    } else if (cell.hidden) {
      told.push(made("p", "", "Not shown: this partner's pictures need a grant to look at them."));
    }
    const numbers = cell.value ? `${cell.value}${cell.limit ? ` · limit ${cell.limit}` : ""}` : "no number";
    told.push(made("p", "", `${MARK[cell.verdict]} ${cell.said} · ${numbers}`));
    if (cell.why) told.push(made("p", "", cell.why));
    told.push(made("p", "small", [`Said by ${cell.by}`, cell.spent].filter(Boolean).join(" · ")));
    this.panel.replaceChildren(...told);
    this.panel.dataset.open = "true";
    this.near = near;
    this.place();
    for (const img of this.panel.querySelectorAll("img")) img.addEventListener("load", () => this.place());
  }

  place() {
    if (!this.near) return;
    const spot = this.near.getBoundingClientRect();
    const own = this.panel.getBoundingClientRect();
    const right = spot.right + 8 + own.width < innerWidth;
    const left = right ? spot.right + 8 : Math.max(8, spot.left - own.width - 8);
    const top = Math.min(Math.max(8, spot.top), Math.max(8, innerHeight - own.height - 8));
    this.panel.style.left = `${left}px`;
    this.panel.style.top = `${top}px`;
  }

  follow() {
    if (!this.near) return;
    const [own, room] = [this.near.getBoundingClientRect(), this.scroll.getBoundingClientRect()];
    if (own.bottom < room.top || own.top > room.bottom) this.hide();
    else this.place();
  }

  renewed() {
    const row = this.data.rows.find((r) => r.id === this.shown.row);
    const x = row ? row.cells.findIndex((c) => c.n === this.shown.n) : -1;
    const near = x < 0 ? null : this.cell(this.data.rows.indexOf(row), x);
    if (near) this.reveal(near, row, row.cells[x]);
    else this.hide();
  }

  hide() {
    this.panel.dataset.open = "false";
    this.shown = null;
    this.near = null;
  }

  renew() {
    if (this.asked || performance.now() - this.since < 3000) return; // fresh ones are not at fault
    this.asked = true;
    this.tell("renew", this.data.stamp);
  }

  cell(y, x) { return this.table.querySelector(`.cell[data-y="${y}"][data-x="${x}"]`); }

  rove(one) {
    for (const other of this.table.querySelectorAll('.cell[tabindex="0"]')) other.tabIndex = -1;
    one.tabIndex = 0;
  }

  focus(y, x) {
    const row = this.data.rows[y];
    if (!row || !row.cells.length) return false;
    const one = this.cell(y, Math.min(x, row.cells.length - 1));
    if (one) one.focus();
    return Boolean(one);
  }

  move(dy, dx) {
    let [y, x] = this.at;
    if (dx) return this.focus(y, Math.max(0, x + dx));
    for (y += dy; y >= 0 && y < this.data.rows.length; y += dy) if (this.focus(y, x)) return true;
    return false;
  }

  open(y, x) {
    const row = this.data.rows[y];
    this.hide();
    this.tell("open", { row: row.id, take: row.take, line: row.cells[x].n, at: Date.now() });
  }

  turn(y, by) {
    const row = this.data.rows[y];
    if (row && row.places > 1) this.tell("turn", { row: row.id, by, at: Date.now() });
  }

  key(event) {
    if (!event.target.classList.contains("cell") || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (steps[event.key]) this.move(...steps[event.key]);
    else if (event.key === "Home") this.focus(this.at[0], 0);
    else if (event.key === "End") this.focus(this.at[0], 1e6);
    else if ((event.key === "[" || event.key === "]") && !event.repeat) this.turn(this.at[0], event.key === "]" ? 1 : -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  close() { document.removeEventListener("keydown", this.escape); }
}

export default function (component) {
  const root = component.parentElement;
  root.sheet = root.sheet || new Sheet(root);
  root.sheet.show(component.data, (name, value) => component.setTriggerValue(name, value));
  clearTimeout(root.sheet.leaving); // drawn anew, not taken away
  return () => {
    const one = root.sheet;
    one.leaving = setTimeout(() => {
      one.close();
      one.box.remove();
      delete root.sheet;
    }, 1000);
  };
}
