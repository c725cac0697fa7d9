// One take: zoom, exact frames, drawing in shares of the picture. Words are set as text.
const SVG = "http://www.w3.org/2000/svg";
const PEN = 0.008; // share of the picture's width
const FEWEST = 0.004; // between two points of a stroke, in shares
const MOST_POINTS = 3000;

function made(tag, kind, text) {
  const one = document.createElement(tag);
  if (kind) one.className = kind;
  if (text !== undefined) one.textContent = text;
  return one;
}

class Desk {
  constructor(root) {
    this.root = root;
    this.box = made("section", "desk");
    this.stage = made("div", "stage");
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "group");
    this.mover = made("div", "mover");
    this.words = made("div", "words");
    this.words.setAttribute("role", "status");
    this.stage.append(this.mover, this.words);
    this.box.append(this.stage);
    this.player();
    this.tools();
    root.append(this.box);
    this.stage.addEventListener("pointerdown", (e) => this.down(e));
    this.stage.addEventListener("pointermove", (e) => this.moved(e));
    for (const name of ["pointerup", "pointercancel"]) this.stage.addEventListener(name, (e) => this.up(e));
    this.box.addEventListener("keydown", (e) => this.key(e));
    this.watch = new ResizeObserver(() => this.fit());
    this.watch.observe(this.stage);
  }

  button(box, words, key, act) {
    const one = made("button", "", words);
    one.type = "button";
    if (key) one.append(made("kbd", "", key));
    one.addEventListener("click", act);
    box.append(one);
    return one;
  }

  player() {
    this.bar = made("div", "row");
    this.button(this.bar, "Back", "J", () => this.play(-1));
    this.pause = this.button(this.bar, "Play or stop", "K", () => this.play(0));
    this.button(this.bar, "On", "L", () => this.play(1));
    this.button(this.bar, "Frame back", ",", () => this.step(-1));
    this.button(this.bar, "Frame on", ".", () => this.step(1));
    this.reel = made("input");
    this.reel.type = "range";
    this.reel.min = 0;
    this.reel.setAttribute("aria-label", "Frame");
    this.reel.addEventListener("input", () => this.seek(Number(this.reel.value)));
    this.count = made("span", "count");
    this.bar.append(this.reel, this.count);
    this.box.append(this.bar);
  }

  tools() {
    this.row = made("div", "row");
    this.button(this.row, "Closer", "+", () => this.zoomTo(this.zoom * 1.4));
    this.button(this.row, "Away", "−", () => this.zoomTo(this.zoom / 1.4));
    this.button(this.row, "Fit", "0", () => this.zoomTo(1));
    this.pens = [
      ["none", "Look", "V"],
      ["area", "Draw an area", "A"],
      ["pen", "Draw a line", "D"],
    ].map(([tool, words, key]) => {
      const one = this.button(this.row, words, key, () => this.take(tool));
      one.dataset.tool = tool;
      return one;
    });
    this.undo = this.button(this.row, "Undo", "U", () => this.back());
    this.clear = this.button(this.row, "Clear", "", () => this.wipe());
    this.box.append(this.row);
  }

  show(data, tell, keep) {
    this.tell = tell;
    this.keep = keep;
    const fresh = !this.data || this.data.id !== data.id;
    const moved = fresh || this.data.url !== data.url;
    this.data = data;
    if (fresh) {
      this.zoom = 1;
      this.pan = [0, 0];
      this.frame = 0;
      this.strokes = [];
      this.drawnOn = 0;
      this.tool = "none";
      this.halt();
    }
    this.stage.setAttribute("aria-label", `${data.name}. ${data.kind === "video" ? `${data.frames} frames` : "a still"}`);
    this.bar.hidden = data.kind !== "video" || !data.url;
    this.reel.max = Math.max(0, data.frames - 1);
    for (const one of [...this.pens, this.undo, this.clear]) one.hidden = !data.draw;
    if (fresh || (moved && this.broken)) this.load();
    this.paint();
  }

  load() {
    this.broken = false;
    this.since = performance.now();
    this.words.replaceChildren();
    const { url, kind, name } = this.data;
    if (!url) {
      this.sight = null;
      this.mover.replaceChildren();
      this.say("Not shown: this partner's pictures need a grant to look at them.");
      return;
    }
    const sight = made(kind === "video" ? "video" : "img", "sight");
    if (kind === "video") {
      sight.muted = true;
      sight.playsInline = true;
      sight.preload = "auto";
      sight.setAttribute("aria-label", name);
      sight.addEventListener("loadeddata", () => { this.ready(); this.seek(this.frame); });
      for (const event of ["timeupdate", "seeked"]) sight.addEventListener(event, () => this.tick());
    } else {
      sight.alt = name;
      sight.addEventListener("load", () => this.ready());
    }
    sight.addEventListener("error", () => this.failed());
    sight.src = url;
    this.sight = sight;
    this.layer = document.createElementNS(SVG, "svg");
    this.layer.setAttribute("aria-hidden", "true");
    this.mover.replaceChildren(sight, this.layer);
  }

  ready() {
    this.words.replaceChildren();
    this.fit();
  }

  failed() {
    this.broken = true;
    if (performance.now() - this.since > 20000) {
      this.say("The link has ended; a fresh one is being fetched.");
      this.tell("renew", Date.now());
    } else this.say("This picture cannot be loaded. Go to another take and back to try again.");
  }

  say(text) { this.words.replaceChildren(made("span", "", text)); }

  // --- time --------------------------------------------------------------------------------------
  get rate() { return this.data.fps[0] / this.data.fps[1]; }

  tick() {
    if (!this.sight || this.data.kind !== "video") return;
    const now = Math.floor(this.sight.currentTime * this.rate + 1e-6);
    this.frame = Math.min(Math.max(0, now), Math.max(0, this.data.frames - 1));
    this.paint();
  }

  seek(frame) {
    if (this.data.kind !== "video" || !this.sight) return;
    this.frame = Math.min(Math.max(0, frame), Math.max(0, this.data.frames - 1));
    this.sight.currentTime = (this.frame + 0.5) / this.rate;
    this.paint();
  }

  step(by) {
    this.halt();
    this.seek(this.frame + by);
  }

  halt() {
    clearInterval(this.reverse);
    this.reverse = null;
    if (this.sight && this.data && this.data.kind === "video" && this.sight.pause) this.sight.pause();
  }

  play(way) {
    if (this.data.kind !== "video" || !this.sight) return;
    const going = this.reverse || !this.sight.paused;
    const speed = this.sight.playbackRate;
    const faster = way === 1 && going && !this.reverse;
    this.halt();
    if (way === 0 && going) return;
    if (way === -1) {
      this.reverse = setInterval(() => (this.frame > 0 ? this.seek(this.frame - 1) : this.halt()), 1000 / this.rate);
      return;
    }
    this.sight.playbackRate = faster ? Math.min(4, speed * 2) : 1;
    this.sight.play().catch(() => this.say("This clip cannot be played here."));
    const run = () => { if (this.sight && !this.sight.paused) { this.tick(); requestAnimationFrame(run); } };
    requestAnimationFrame(run);
  }

  // --- sight -------------------------------------------------------------------------------------
  fit() {
    if (!this.sight || !this.layer) return;
    const w = this.sight.naturalWidth || this.sight.videoWidth;
    const h = this.sight.naturalHeight || this.sight.videoHeight;
    if (!w || !h) return;
    this.stage.style.height = `min(62vh, 640px, ${Math.round((this.stage.clientWidth * h) / w)}px)`;
    const scale = Math.min(this.stage.clientWidth / w, this.stage.clientHeight / h);
    this.size = [w * scale, h * scale];
    const [sw, sh] = this.size;
    Object.assign(this.layer.style, { width: `${sw}px`, height: `${sh}px`, left: `${(this.stage.clientWidth - sw) / 2}px`, top: `${(this.stage.clientHeight - sh) / 2}px` });
    this.layer.setAttribute("viewBox", `0 0 ${sw} ${sh}`);
    this.paint();
  }

  zoomTo(zoom) {
    this.zoom = Math.min(16, Math.max(1, zoom));
    if (this.zoom === 1) this.pan = [0, 0];
    this.paint();
  }

  take(tool) {
    if (tool !== "none" && !this.data.draw) return;
    this.tool = tool;
    if (tool !== "none") this.halt();
    this.paint();
  }

  // --- drawing -----------------------------------------------------------------------------------
  spot(event) {
    const own = this.layer.getBoundingClientRect();
    const x = (event.clientX - own.left) / own.width;
    const y = (event.clientY - own.top) / own.height;
    const held = (v) => Math.round(Math.min(1, Math.max(0, v)) * 1e4) / 1e4;
    return [held(x), held(y)];
  }

  down(event) {
    this.stage.focus({ preventScroll: true });
    if (!this.sight || event.button) return;
    this.stage.setPointerCapture(event.pointerId);
    if (this.tool === "none") {
      this.grip = [event.clientX - this.pan[0], event.clientY - this.pan[1]];
      return;
    }
    if (!this.size) return;
    this.halt();
    if (this.strokes.length && this.drawnOn !== this.frame) this.strokes = []; // one note, one frame
    this.drawnOn = this.frame;
    this.stroke = { points: [this.spot(event)], width: PEN, closed: this.tool === "area" };
    this.strokes.push(this.stroke);
    this.paint();
  }

  moved(event) {
    if (this.grip && this.zoom > 1) {
      this.pan = [event.clientX - this.grip[0], event.clientY - this.grip[1]];
      this.paint();
    }
    if (!this.stroke || this.stroke.points.length >= MOST_POINTS) return;
    const next = this.spot(event);
    const last = this.stroke.points[this.stroke.points.length - 1];
    if (Math.hypot(next[0] - last[0], next[1] - last[1]) < FEWEST) return;
    this.stroke.points.push(next);
    this.paint();
  }

  up() {
    this.grip = null;
    if (!this.stroke) return;
    if (this.stroke.closed && this.stroke.points.length < 3) this.strokes.pop();
    this.stroke = null;
    this.told();
  }

  back() {
    this.strokes.pop();
    this.told();
  }

  wipe() {
    this.strokes = [];
    this.told();
  }

  told() {
    this.paint();
    this.keep("drawing", { id: this.data.id, frame: this.drawnOn, strokes: this.strokes });
  }

  paint() {
    this.stage.dataset.tool = this.tool;
    this.stage.dataset.zoomed = String(this.zoom > 1);
    this.mover.style.transform = `translate(${this.pan[0]}px, ${this.pan[1]}px) scale(${this.zoom})`;
    for (const pen of this.pens) pen.setAttribute("aria-pressed", String(pen.dataset.tool === this.tool));
    this.undo.disabled = this.clear.disabled = !this.strokes.length;
    this.reel.value = this.frame;
    const drawn = this.strokes.length && this.data.kind === "video" ? `, drawn on ${this.drawnOn}` : "";
    this.count.textContent = `frame ${this.frame} of ${Math.max(0, this.data.frames - 1)}${drawn}`;
    if (!this.layer || !this.size) return;
    const mine = this.drawnOn === this.frame || this.data.kind !== "video" ? this.strokes : [];
    const before = this.data.marks.filter((m) => m.frame === null || m.frame === this.frame).flatMap((m) => m.strokes);
    this.layer.replaceChildren(...before.map((s) => this.path(s, "before")), ...mine.map((s) => this.path(s, "")));
  }

  path(stroke, kind) {
    const [w, h] = this.size;
    const one = document.createElementNS(SVG, "path");
    const points = stroke.points.map(([x, y]) => `${x * w} ${y * h}`);
    one.setAttribute("d", `M${points.join("L")}${stroke.closed ? "Z" : points.length === 1 ? `L${points[0]}` : ""}`);
    one.setAttribute("class", `${kind}${stroke.closed ? " closed" : ""}`);
    one.setAttribute("stroke-width", String(Math.max(2, stroke.width * w)));
    return one;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? 10 : 1;
    const still = this.data.kind !== "video";
    const acts = {
      j: () => this.play(-1), k: () => this.play(0), l: () => this.play(1), ",": () => this.step(-1), ".": () => this.step(1),
      "+": () => this.zoomTo(this.zoom * 1.4), "=": () => this.zoomTo(this.zoom * 1.4), "-": () => this.zoomTo(this.zoom / 1.4), 0: () => this.zoomTo(1),
      v: () => this.take("none"), a: () => this.take("area"), d: () => this.take("pen"), u: () => this.back(),
      ArrowLeft: () => (still ? this.go("previous", event) : this.step(-far)),
      ArrowRight: () => (still ? this.go("next", event) : this.step(far)),
      ArrowUp: () => this.go("previous", event), ArrowDown: () => this.go("next", event),
    };
    const onStage = this.root.activeElement === this.stage;
    if (event.key === " " && onStage) acts[" "] = () => this.play(0);
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = acts[name];
    if (!act || (this.root.activeElement === this.reel && name.startsWith("Arrow"))) return;
    const leaves = name === "ArrowUp" || name === "ArrowDown" || (still && name.startsWith("Arrow"));
    if (leaves && !this.data.steps) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  }

  go(way, event) { if (this.data.steps && !event.repeat) this.tell("step", way); }

  close() {
    this.halt();
    this.watch.disconnect();
  }
}

export default function (component) {
  const root = component.parentElement;
  root.desk = root.desk || new Desk(root);
  root.desk.show(component.data, (name, value) => component.setTriggerValue(name, value), (name, value) => component.setStateValue(name, value));
  clearTimeout(root.desk.leaving); // drawn anew, not taken away
  return () => {
    const one = root.desk;
    one.leaving = setTimeout(() => {
      one.close();
      one.box.remove();
      delete root.desk;
    }, 1000);
  };
}
