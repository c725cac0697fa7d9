// The room around the pair: modes, zoom, keys, and, where people vote, the question.

const MODES = [
  ["side", "Side by side"],
  ["wipe", "Wipe"],
  ["onion", "Onion skin"],
  ["difference", "Difference"],
  ["a", "A only"],
  ["b", "B only"],
];
const LATER = ["wipe", "onion", "difference"]; // in a blind question: after the first impression
const VOTES = [
  ["left", "A is better", "a"],
  ["right", "B is better", "b"],
  ["tie", "Equal", "e"],
  ["both_fail", "Both fail", "f"],
];
const START = { mode: "side", frame: 0, wipe: 50, onion: 50, gain: 4, zoom: 1, x: 0, y: 0, ta: 0, tb: 0 };
const BOUNDS = {
  frame: [0, 1e6], wipe: [0, 100], onion: [0, 100], gain: [1, 32], zoom: [1, 16],
  x: [-1, 1], y: [-1, 1], ta: [-240, 240], tb: [-240, 240],
};
const RESEND_MS = 4000;
const GIVE_UP_MS = 12000;

class Room {
  constructor(root) {
    this.root = root;
    this.state = { ...START };
    this.pair = new Pair(() => this.tell());
    this.used = new Set();
    this.build();
  }

  // --- what stands there -----------------------------------------------------------------------
  build() {
    this.box = made("section", "room");
    this.box.setAttribute("aria-label", "Two takes, compared");
    this.stage = made("div", "stage");
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "group");
    this.panes = {};
    for (const side of ["a", "b"]) {
      const pane = made("figure", `pane ${side}`);
      const mover = made("div", "mover");
      const name = made("figcaption", "name");
      const words = made("div", "words");
      words.setAttribute("role", "status");
      pane.append(mover, name, words);
      this.panes[side] = { pane, mover, name, words };
      this.stage.append(pane);
    }
    this.line = made("div", "line");
    this.stage.append(this.line);
    this.modes = made("div", "row modes");
    this.modes.setAttribute("role", "group");
    this.modes.setAttribute("aria-label", "How the two are shown");
    MODES.forEach(([mode, words], i) => {
      const one = this.button(this.modes, words, String(i + 1), () => this.turnTo(mode));
      one.dataset.mode = mode;
    });
    this.knobs = made("div", "row knobs");
    this.sliders = {
      wipe: this.slider("Wipe", "wipe", 0, 100, 1),
      onion: this.slider("B shows through", "onion", 0, 100, 1),
      gain: this.slider("Amplify", "gain", 1, 32, 1),
      zoom: this.slider("Zoom", "zoom", 1, 16, 0.25),
    };
    this.bar = made("div", "row bar");
    this.button(this.bar, "−10", "⇧ ,", () => this.pair.step(-10), "Ten frames back");
    this.button(this.bar, "−1", ",", () => this.pair.step(-1), "One frame back");
    this.runs = this.button(this.bar, "Play", "Space", () => this.toggle());
    this.button(this.bar, "+1", ".", () => this.pair.step(1), "One frame on");
    this.button(this.bar, "+10", "⇧ .", () => this.pair.step(10), "Ten frames on");
    this.scrub = made("input", "scrub");
    Object.assign(this.scrub, { type: "range", min: 0, step: 1, value: 0 });
    this.scrub.setAttribute("aria-label", "Frame");
    this.scrub.addEventListener("input", () => (this.pair.stop(), this.pair.seek(+this.scrub.value)));
    this.counter = made("output", "counter");
    this.trims = { a: this.trim("a"), b: this.trim("b") };
    this.bar.append(this.scrub, this.counter, this.trims.a, this.trims.b);
    this.ballot = made("div", "ballot");
    this.news = made("p", "news");
    this.news.setAttribute("role", "status");
    this.hidden = made("div", "next");
    this.hidden.setAttribute("aria-hidden", "true");
    const over = made("div", "over");
    over.append(this.modes, this.knobs);
    this.about = made("header", "about");
    this.large = this.button(this.modes, "Full screen", "", () => this.enlarge());
    this.box.append(this.about, over, this.stage, this.bar, this.ballot, this.news, this.hidden);
    this.root.append(this.box);
  }
  button(row, words, key, does, label) {
    const one = made("button", "key");
    one.type = "button";
    one.append(made("span", "", words));
    if (key) one.append(made("kbd", "", key));
    if (label) one.setAttribute("aria-label", label);
    one.addEventListener("click", does);
    row.append(one);
    return one;
  }
  slider(words, what, least, most, step) {
    const label = made("label", `knob ${what}`, words);
    const one = made("input");
    Object.assign(one, { type: "range", min: least, max: most, step });
    const said = made("output");
    one.addEventListener("input", () => this.set({ [what]: +one.value }));
    label.append(one, said);
    this.knobs.append(label);
    return { label, one, said };
  }
  trim(side) {
    const label = made("label", "trim", `Shift ${side.toUpperCase()}`);
    const one = made("input");
    Object.assign(one, { type: "number", min: -240, max: 240, step: 1, value: 0 });
    one.setAttribute("aria-label", `Shift ${side.toUpperCase()} by frames`);
    one.addEventListener("change", () => this.set({ [`t${side}`]: Math.round(+one.value) || 0 }));
    label.append(one);
    return label;
  }

  // --- what it is given ------------------------------------------------------------------------
  show(given, say) {
    this.given = given;
    this.say = say;
    const key = `${given.id}|${given.a.key}|${given.b.key}`;
    if (key !== this.shownKey) this.exchange(given, key);
    else this.renew(given);
    for (const side of ["a", "b"]) {
      this.panes[side].name.textContent = given[side].name;
      this.panes[side].pane.setAttribute("aria-label", given[side].name);
    }
    this.ahead(given.next);
    this.tellAbout(given.about);
    this.hear();
    this.draw();
    this.tell();
  }
  tellAbout(about) {
    this.about.hidden = !about;
    const said = JSON.stringify(about || null);
    if (said === this.aboutSaid) return;
    this.aboutSaid = said;
    this.about.replaceChildren();
    if (!about) return;
    for (const url of about.references) {
      const one = made("img", "reference");
      one.alt = "Reference of the character";
      one.src = url;
      this.about.append(one);
    }
    const words = made("div");
    words.append(made("h2", "", about.question), made("p", "", about.brief));
    this.about.append(words);
  }
  enlarge() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.box.requestFullscreen().catch(() => (this.news.textContent = "This browser shows no full screen."));
  }
  exchange(given, key) {
    this.shownKey = key;
    this.used = new Set();
    this.since = this.looked = 0;
    this.voted = null;
    this.asked = false;
    const sights = {};
    for (const side of ["a", "b"]) {
      const old = this.pair.sights && this.pair.sights[side];
      sights[side] = this.made(given[side]);
      this.panes[side].mover.replaceChildren(sights[side].element);
      sights[side].element.setAttribute(given[side].kind === "video" ? "aria-label" : "alt", given[side].name);
      if (old) old.end();
    }
    this.pair.take({ a: given.a, b: given.b }, sights);
    this.state = given.address ? this.read() : { ...START };
    this.restore = this.state.frame;
    this.apply();
  }
  made(side) {
    const kept = this.waiting && this.waiting.get(side.key);
    if (kept) this.waiting.delete(side.key);
    const sight = kept && kept.ready !== null ? kept : new Sight(side, () => this.tell());
    sight.told = () => this.tell();
    return sight;
  }
  renew(given) {
    this.asked = false;
    for (const side of ["a", "b"]) {
      const sight = this.pair.sights[side];
      if (sight.ready === null && given[side].url) sight.load(given[side].url);
    }
  }
  ahead(next) {
    const wanted = new Map((next ? [next.a, next.b] : []).map((side) => [side.key, side]));
    const kept = new Map();
    for (const [key, sight] of this.waiting || []) {
      if (wanted.has(key)) kept.set(key, sight);
      else sight.end();
    }
    for (const [key, side] of wanted) {
      if (!kept.has(key) && side.url) kept.set(key, new Sight(side, () => {}));
    }
    this.waiting = kept;
    this.hidden.replaceChildren(...[...kept.values()].map((sight) => sight.element));
  }

  // --- modes, zoom, address --------------------------------------------------------------------
  allowed(mode) {
    return !this.given.vote || !LATER.includes(mode) || this.mayVote();
  }
  turnTo(mode) {
    if (!this.allowed(mode)) return;
    this.used.add(mode);
    this.set({ mode });
  }
  set(some) {
    Object.assign(this.state, some);
    for (const [name, [least, most]] of Object.entries(BOUNDS)) {
      this.state[name] = within(Number(this.state[name]) || 0, least, most);
    }
    if (this.state.zoom === 1) this.state.x = this.state.y = 0;
    this.apply();
    if ("ta" in some || "tb" in some) this.pair.seek(this.pair.frame);
    this.write();
  }
  apply() {
    const { mode, wipe, onion, gain, zoom, x, y, ta, tb } = this.state;
    this.pair.trim = { a: ta, b: tb };
    this.stage.dataset.mode = mode;
    this.stage.dataset.zoomed = zoom > 1;
    for (const [name, value] of Object.entries({ wipe: `${wipe}%`, onion: onion / 100, gain, zoom, x: `${x * 100}%`, y: `${y * 100}%` })) {
      this.stage.style.setProperty(`--${name}`, value);
    }
    const told = { wipe: `${wipe} %`, onion: `${onion} %`, gain: `${gain} ×`, zoom: `${zoom} ×` };
    for (const [name, { label, one, said }] of Object.entries(this.sliders)) {
      one.value = this.state[name];
      said.textContent = told[name];
      label.hidden = !(name === "zoom" || name === mode || (name === "gain" && mode === "difference"));
    }
    for (const side of ["a", "b"]) this.trims[side].lastChild.value = this.state[`t${side}`];
    this.draw();
  }
  read() {
    const said = new URLSearchParams(location.search);
    const state = { ...START };
    const mode = said.get("mode");
    if (MODES.some(([name]) => name === mode)) state.mode = mode;
    for (const [name, [least, most]] of Object.entries(BOUNDS)) {
      const value = Number.parseFloat(said.get(name));
      if (Number.isFinite(value)) state[name] = within(value, least, most);
    }
    return state;
  }
  write() {
    if (!this.given.address) return;
    clearTimeout(this.writing);
    this.writing = setTimeout(() => {
      const url = new URL(location.href);
      for (const [name, first] of Object.entries(START)) {
        const value = name === "frame" ? this.pair.frame : this.state[name];
        if (value === first) url.searchParams.delete(name);
        else url.searchParams.set(name, typeof value === "number" ? String(+value.toFixed(4)) : value);
      }
      history.replaceState(history.state, "", url);
    }, 150);
  }

  // --- what is told ----------------------------------------------------------------------------
  tell() {
    if (!this.given) return;
    for (const side of ["a", "b"]) this.status(side);
    if (!this.pair.ready()) {
      this.since = 0;
    } else {
      if (this.restore !== null && this.pair.clips) this.pair.seek(this.restore);
      else if (this.given.vote && this.pair.clips && !this.since && !calm()) this.pair.play();
      this.restore = null;
      if (!this.since && !document.hidden) this.since = performance.now();
    }
    const frames = this.pair.last() + 1;
    this.scrub.max = frames - 1;
    this.scrub.value = this.pair.frame;
    const b = this.pair.clips ? this.pair.target("b", this.pair.frame) : 0;
    const a = this.pair.clips ? this.pair.target("a", this.pair.frame) : 0;
    this.counter.textContent = `frame ${this.pair.frame} of ${frames} · A ${a} · B ${b}`;
    this.counter.dataset.shown = this.pair.clips ? `${this.pair.shown.a} ${this.pair.shown.b}` : "";
    this.counter.dataset.settled = !this.pair.seeking && !this.pair.playing;
    this.runs.firstChild.textContent = this.pair.playing ? "Pause" : "Play";
    if (!this.pair.playing) this.write();
    this.ready();
  }
  status(side) {
    const { words } = this.panes[side];
    const sight = this.pair.sights[side];
    const [width, height] = [sight.element.videoWidth || sight.element.naturalWidth, sight.element.videoHeight || sight.element.naturalHeight];
    if (width && side === "a") this.stage.style.setProperty("--ratio", width / height);
    const state = sight.ready;
    if (words.dataset.state === String(state)) return;
    words.dataset.state = String(state);
    words.replaceChildren();
    if (state === true) return;
    const name = side.toUpperCase();
    if (state === false) {
      words.append(made("span", "", `Loading ${name} …`));
      return;
    }
    const why = this.given[side].url
      ? `${name} could not be loaded: its link has ended, or its bytes are not what a browser plays.`
      : `${name} cannot be shown: you may not see this picture, or nothing is stored.`;
    words.append(made("span", "", why));
    if (!this.given[side].url) return;
    const again = made("button", "key", "Load it again");
    again.type = "button";
    again.addEventListener("click", () => this.say("renew", Date.now()));
    words.append(again);
    if (this.asked) return;
    this.asked = true; // once by itself: links live two minutes
    this.say("renew", Date.now());
  }
  draw() {
    if (!this.given) return;
    for (const one of this.modes.children) {
      if (!one.dataset.mode) continue;
      one.setAttribute("aria-pressed", String(one.dataset.mode === this.state.mode));
      one.disabled = !this.allowed(one.dataset.mode);
    }
    this.bar.hidden = !this.pair.clips;
  }
  toggle() {
    if (this.pair.playing) this.pair.stop();
    else this.pair.play();
    this.tell();
  }

  // --- voting ----------------------------------------------------------------------------------
  hear() {
    const { vote } = this.given;
    this.ballot.hidden = !vote;
    if (!vote) return;
    if (!this.ballot.children.length) {
      for (const [outcome, words, key] of VOTES) {
        const one = this.button(this.ballot, words, key.toUpperCase(), () => this.vote(outcome));
        one.dataset.outcome = outcome;
      }
    }
    if (vote.trouble) {
      this.voted = null;
      clearTimeout(this.late);
    }
    this.news.textContent = vote.trouble || "";
    const kept = remembered();
    if (!kept) return;
    if (kept.id !== this.given.id) forget(); // the service went on: it was taken
    else if (!this.voted && !vote.trouble) this.send(kept, "Your last answer is sent again …");
  }
  seconds() {
    const now = this.since ? (performance.now() - this.since) / 1000 : 0;
    return this.looked + now;
  }
  mayVote() {
    const { vote } = this.given;
    if (!vote || vote.shut || this.voted || !this.pair.ready()) return false;
    return this.seconds() >= vote.least_s;
  }
  ready() {
    const { vote } = this.given;
    if (!vote) return;
    const may = this.mayVote();
    for (const one of this.ballot.children) one.disabled = !may;
    this.draw();
    clearTimeout(this.waking);
    if (!may && this.since && !this.voted && !vote.shut) {
      const rest = Math.max(20, (vote.least_s - this.seconds()) * 1000 + 5);
      this.waking = setTimeout(() => this.ready(), rest);
    }
  }
  vote(outcome) {
    if (!this.mayVote()) return;
    const body = {
      id: this.given.id,
      slot: this.given.vote.slot,
      outcome,
      seconds: Math.round(this.seconds() * 1000) / 1000,
      plays: this.pair.plays,
      modes: [...new Set(["side", ...this.used])],
      viewport: [Math.round(innerWidth), Math.round(innerHeight)],
    };
    this.send(body, "");
  }
  send(body, words) {
    this.voted = body.outcome;
    remember(body);
    this.news.textContent = words;
    this.ready();
    this.say("vote", { ...body, attempt: 1 });
    clearTimeout(this.late);
    this.late = setTimeout(() => {
      if (this.given.id !== body.id) return;
      this.news.textContent = "No answer yet. Your vote is kept here and sent once more …";
      this.say("vote", { ...body, attempt: 2 });
      this.late = setTimeout(() => {
        if (this.given.id !== body.id) return;
        this.voted = null;
        this.news.textContent =
          "The connection is lost, and your vote was not confirmed. It is kept in this browser " +
          "tab: reload the page when you are back, or vote again. It will count once.";
        this.ready();
      }, GIVE_UP_MS - RESEND_MS);
    }, RESEND_MS);
  }

  // --- hands -----------------------------------------------------------------------------------
  attach() {
    this.attached = true;
    const off = new AbortController();
    const on = (target, what, does, more) =>
      target.addEventListener(what, does, { signal: off.signal, ...more });
    on(document, "keydown", (event) => this.pressed(event));
    on(document, "visibilitychange", () => this.seen());
    const hands = new Map();
    on(this.stage, "pointerdown", (event) => this.down(event, hands));
    on(this.stage, "pointermove", (event) => this.move(event, hands));
    for (const what of ["pointerup", "pointercancel"]) {
      on(this.stage, what, (event) => (hands.delete(event.pointerId), (this.apart = null)));
    }
    on(this.stage, "dblclick", () => this.set({ zoom: this.state.zoom > 1 ? 1 : 2 }));
    on(this.stage, "wheel", (event) => {
      if (!event.ctrlKey) return; // the page scrolls
      event.preventDefault();
      this.set({ zoom: this.state.zoom * Math.exp(-event.deltaY / 200) });
    }, { passive: false });
    this.off = off;
  }
  leave() {
    this.off.abort();
    this.attached = false;
    for (const timer of [this.waking, this.writing]) clearTimeout(timer);
    setTimeout(() => {
      if (this.attached) return; // drawn anew, not gone
      clearTimeout(this.late);
      this.pair.end();
      for (const sight of Object.values(this.pair.sights || {})) sight.end();
      for (const sight of (this.waiting || new Map()).values()) sight.end();
    }, 0);
  }
  seen() {
    if (document.hidden) {
      this.looked = this.seconds();
      this.since = 0;
    } else if (this.pair.ready()) this.since = performance.now();
    this.ready();
  }
  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (typing(event)) return;
    const does = this.keys(event);
    if (!does) return;
    event.preventDefault();
    does();
  }
  keys(event) {
    const key = event.key.toLowerCase();
    const ten = event.shiftKey ? 10 : 1;
    if (key === "," || key === "<" || event.code === "Comma") return () => this.pair.step(-ten);
    if (key === "." || key === ">" || event.code === "Period") return () => this.pair.step(ten);
    if (event.repeat) return null; // a key held down is one press
    const mode = MODES[Number(key) - 1];
    if (mode) return () => this.turnTo(mode[0]);
    const vote = this.given.vote && VOTES.find(([, , letter]) => letter === key);
    if (vote) return () => this.vote(vote[0]);
    return {
      " ": () => this.toggle(),
      j: () => this.pair.back(),
      k: () => this.pair.stop(),
      l: () => this.pair.play(this.pair.playing && !this.pair.backward ? 2 : 1),
      home: () => (this.pair.stop(), this.pair.seek(0)),
      end: () => (this.pair.stop(), this.pair.seek(this.pair.last())),
      "+": () => this.set({ zoom: this.state.zoom * 1.25 }),
      "-": () => this.set({ zoom: this.state.zoom / 1.25 }),
      0: () => this.set({ zoom: 1 }),
    }[key];
  }
  down(event, hands) {
    if (event.target.closest("button")) return;
    hands.set(event.pointerId, [event.clientX, event.clientY]);
    this.stage.setPointerCapture(event.pointerId);
    if (this.state.mode === "wipe" && this.state.zoom === 1) this.wipeTo(event);
  }
  move(event, hands) {
    const before = hands.get(event.pointerId);
    if (!before) return;
    hands.set(event.pointerId, [event.clientX, event.clientY]);
    if (hands.size > 1) {
      const [one, two] = [...hands.values()];
      const apart = Math.hypot(one[0] - two[0], one[1] - two[1]);
      if (this.apart) this.set({ zoom: this.state.zoom * (apart / this.apart) });
      this.apart = apart;
    } else if (this.state.zoom > 1) {
      const { width, height } = this.panes.a.mover.getBoundingClientRect();
      const x = this.state.x + (event.clientX - before[0]) / width;
      const y = this.state.y + (event.clientY - before[1]) / height;
      this.set({ x: within(x, -0.5, 0.5), y: within(y, -0.5, 0.5) });
    } else if (this.state.mode === "wipe") this.wipeTo(event);
  }
  wipeTo(event) {
    const { left, width } = this.stage.getBoundingClientRect();
    this.set({ wipe: Math.round(((event.clientX - left) / width) * 1000) / 10 });
  }
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// A key belongs to whoever types; and Space to the button that has the focus.
const typing = (event) => {
  const at = event.composedPath()[0];
  if (!at || !at.closest) return false;
  if (at.isContentEditable || at.closest("textarea, select")) return true;
  if (at.closest("input:not([type=range], [type=checkbox], [type=radio])")) return true;
  return event.key === " " && Boolean(at.closest("button, a, [role=button], summary, input"));
};

const SLOT = "circletake.vote";
const remember = (body) => sessionStorage.setItem(SLOT, JSON.stringify(body));
const forget = () => sessionStorage.removeItem(SLOT);
const remembered = () => {
  try {
    return JSON.parse(sessionStorage.getItem(SLOT));
  } catch {
    return null;
  }
};

const ROOMS = new WeakMap();

export default function compare({ parentElement, data, setTriggerValue }) {
  let room = ROOMS.get(parentElement);
  if (!room) ROOMS.set(parentElement, (room = new Room(parentElement)));
  if (room.attached) room.off.abort();
  room.attach();
  room.show(data, setTriggerValue);
  return () => room.leave();
}
