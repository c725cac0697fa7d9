// Two pictures or clips, shown together and frame by frame. No words of anybody become markup here.
//
// Frame f is asked for at (f + 0.5) / fps and read back as floor(t * fps + 1e-6): a seek to its
// first instant may land on the frame before. Rates are rational, so 24000/1001 does not drift.

const SLACK = 1e-6;
const AWAY_S = 0.12; // drift that is jumped over instead of caught up with
const LEAST_DRIFT_S = 0.004;

const timeOf = (frame, fps) => ((frame + 0.5) * fps[1]) / fps[0];
const frameAt = (time, fps) => Math.floor((time * fps[0]) / fps[1] + SLACK);
const within = (value, least, most) => Math.min(most, Math.max(least, value));

const made = (tag, name, words) => {
  const one = document.createElement(tag);
  if (name) one.className = name;
  if (words !== undefined) one.textContent = words;
  return one;
};

// One picture or clip that loads by itself; `ready`: false while it loads, null where it cannot.
class Sight {
  constructor(side, told) {
    this.key = side.key;
    this.clip = side.kind === "video";
    this.ready = false;
    this.element = made(this.clip ? "video" : "img", "sight");
    const [good, bad] = this.clip ? ["loadeddata", "error"] : ["load", "error"];
    this.element.addEventListener(good, () => this.become(true, told));
    this.element.addEventListener(bad, () => this.become(null, told));
    if (this.clip) {
      this.element.muted = true;
      this.element.playsInline = true;
      this.element.preload = "auto";
      this.element.disablePictureInPicture = true;
    }
    this.load(side.url);
  }
  become(state, told) {
    this.ready = state;
    (this.told || told)();
  }
  load(url) {
    this.ready = false;
    if (url) this.element.src = url;
    else this.ready = null;
  }
  end() {
    if (!this.clip) return;
    this.element.pause();
    this.element.removeAttribute("src");
    this.element.load();
  }
}

// Keeps two clips on the same moment. Positions are frames of side a; b follows, with its trim.
class Pair {
  constructor(told) {
    this.told = told;
    this.frame = 0;
    this.trim = { a: 0, b: 0 };
    this.plays = 0;
    this.rate = 1;
    this.playing = false;
    this.backward = false;
    this.wanted = null;
    this.seeking = false;
    this.tick = this.tick.bind(this);
  }
  take(sides, sights) {
    this.stop();
    this.sides = sides;
    this.sights = sights;
    this.frame = 0;
    this.plays = 0;
    this.seeking = false;
    this.wanted = null;
    this.shown = { a: 0, b: 0 };
    this.clips = sights.a.clip && sights.b.clip;
    for (const side of ["a", "b"]) this.watch(side);
  }
  watch(side) {
    const { element, clip } = this.sights[side];
    if (!clip || !element.requestVideoFrameCallback || element.watched) return;
    element.watched = true;
    const seen = (_now, about) => {
      if (this.sights[side].element === element) {
        const fps = this.sides[side].fps;
        this.shown[side] = Math.round((about.mediaTime * fps[0]) / fps[1]); // a frame's own start
      }
      element.requestVideoFrameCallback(seen);
    };
    element.requestVideoFrameCallback(seen);
  }
  ready() {
    return Boolean(this.sights && this.sights.a.ready && this.sights.b.ready);
  }
  last() {
    return this.clips ? Math.max(0, this.sides.a.frames - 1) : 0;
  }
  // The frame of side b beside a frame of side a: the same number at the same rate, else the same
  // moment.
  beside(frame) {
    const { a, b } = this.sides;
    const same = a.fps[0] * b.fps[1] === b.fps[0] * a.fps[1];
    return same ? frame : frameAt(timeOf(frame, a.fps), b.fps);
  }
  target(side, frame) {
    const of = side === "a" ? frame : this.beside(frame);
    return within(of + this.trim[side], 0, Math.max(0, this.sides[side].frames - 1));
  }
  async seek(frame) {
    if (!this.clips) return;
    this.frame = within(frame, 0, this.last());
    this.wanted = this.frame;
    if (this.seeking) return; // the one under way looks again when it is done
    this.seeking = true;
    const sights = this.sights;
    while (this.wanted !== null && sights === this.sights) {
      const goal = this.wanted;
      this.wanted = null;
      await Promise.all(["a", "b"].map((side) => this.place(side, this.target(side, goal))));
    }
    if (sights === this.sights) this.seeking = false;
    this.told();
  }
  place(side, frame) {
    const video = this.sights[side].element;
    const time = timeOf(frame, this.sides[side].fps);
    if (Math.abs(video.currentTime - time) < 1e-4 && video.readyState > 1) return null;
    return new Promise((done) => {
      const late = setTimeout(done, 3000);
      video.addEventListener("seeked", () => (clearTimeout(late), done()), { once: true });
      video.currentTime = time;
    });
  }
  at(side) {
    return frameAt(this.sights[side].element.currentTime, this.sides[side].fps);
  }
  step(by) {
    this.stop();
    return this.seek(this.frame + by);
  }
  async play(rate = 1) {
    if (!this.clips || !this.ready()) return;
    this.backward = false;
    this.rate = rate;
    const { a, b } = this.sights;
    if (this.frame >= this.last()) await this.seek(0);
    a.element.playbackRate = b.element.playbackRate = rate;
    this.playing = true;
    await Promise.allSettled([a.element.play(), b.element.play()]);
    this.follow();
  }
  back() {
    if (!this.clips || !this.ready()) return;
    this.stop();
    this.backward = this.playing = true;
    this.began = { at: performance.now(), frame: this.frame || this.last() };
    this.follow();
  }
  stop() {
    if (!this.playing) return;
    this.playing = false;
    if (this.clips) for (const side of ["a", "b"]) this.sights[side].element.pause();
    if (!this.backward) this.frame = within(this.at("a") - this.trim.a, 0, this.last());
    this.backward = false;
    this.seek(this.frame);
  }
  follow() {
    cancelAnimationFrame(this.turn);
    this.turn = requestAnimationFrame(this.tick);
  }
  tick(now) {
    if (!this.playing || !this.ready()) return;
    if (this.backward) {
      const fps = this.sides.a.fps;
      const gone = Math.floor(((now - this.began.at) / 1000) * (fps[0] / fps[1]));
      this.seek(this.began.frame - gone);
      if (this.began.frame - gone <= 0) this.stop();
    } else this.keep();
    this.told();
    this.follow();
  }
  keep() {
    const [a, b] = [this.sights.a.element, this.sights.b.element];
    this.frame = within(this.at("a") - this.trim.a, 0, this.last());
    if (a.ended) {
      this.plays += 1;
      a.currentTime = timeOf(this.target("a", 0), this.sides.a.fps);
      b.currentTime = timeOf(this.target("b", 0), this.sides.b.fps);
      for (const video of [a, b]) video.play().catch(() => this.stop());
      return;
    }
    const shift = (side) => (this.trim[side] * this.sides[side].fps[1]) / this.sides[side].fps[0];
    const drift = b.currentTime - shift("b") - (a.currentTime - shift("a"));
    this.drift = drift;
    if (a.seeking || b.seeking || b.ended) return; // the shorter one waits on its last frame
    if (Math.abs(drift) > AWAY_S) b.currentTime = Math.max(0, b.currentTime - drift);
    const pull = Math.abs(drift) > LEAST_DRIFT_S ? within(1 - 2 * drift, 0.95, 1.05) : 1;
    b.playbackRate = this.rate * pull;
  }
  end() {
    this.playing = false;
    cancelAnimationFrame(this.turn);
  }
}
