/* Runs the panel in Node against doubles of `photoshop` and `uxp`, after Adobe's public pages. */
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const [, , panel, inbox] = process.argv;

class File {
  constructor(place) { this.nativePath = place; this.name = path.basename(place); }
  async write(data, { format }) {
    if (format === "utf8" && typeof data !== "string") throw new Error("text wanted");
    if (format === "binary" && !(data instanceof ArrayBuffer)) throw new Error("ArrayBuffer wanted");
    fs.writeFileSync(this.nativePath, typeof data === "string" ? data : Buffer.from(data));
  }
  async read() { return fs.readFileSync(this.nativePath, "utf8"); }
}

class Folder {
  constructor(place) { this.nativePath = place; this.name = path.basename(place); }
  async createFolder(name) {
    const place = path.join(this.nativePath, name);
    fs.mkdirSync(place);
    return new Folder(place);
  }
  async createFile(name) { return new File(path.join(this.nativePath, name)); }
  async getEntry(name) {
    const place = path.join(this.nativePath, name);
    if (!fs.existsSync(place)) throw new Error("no such entry");
    return new File(place);
  }
}

function image(width, height, components, bounds, value) {
  const data = new Uint8Array(width * height * components);
  for (let n = 0; n < data.length; n++) data[n] = value[n % components];
  const imageData = { width, height, components, getData: async () => data, dispose() {} };
  return { imageData, sourceBounds: bounds };
}

const opened = [];
let modal = 0;
function inModal() { if (!modal) throw new Error("only inside executeAsModal"); }
const photoshop = {
  app: {
    activeDocument: { id: 1, width: 300, height: 200 },
    open: async (file) => { inModal(); opened.push(file.name); },
  },
  core: {
    executeAsModal: async (run, { commandName }) => {
      if (!commandName) throw new Error("commandName wanted");
      modal += 1;
      try { return await run({}); } finally { modal -= 1; }
    },
  },
  imaging: {
    getPixels: async (o) => {
      inModal();
      if (o.documentID !== 1 || o.componentSize !== 8) throw new Error("other pixels");
      return image(300, 200, 3, { left: 0, top: 0, right: 300, bottom: 200 }, [9, 8, 7]);
    },
    getSelection: async () => {
      inModal();
      return image(4, 3, 1, { left: 10, top: 20, right: 14, bottom: 23 }, [255]);
    },
  },
};
const uxp = { storage: { localFileSystem: { getFolder: async () => new Folder(inbox) },
                         formats: { utf8: "utf8", binary: "binary" } } };

const elements = {};
function element(id) {
  elements[id] = elements[id] || { value: "", checked: false, textContent: "", on: {},
    addEventListener(kind, run) { this.on[kind] = run; } };
  return elements[id];
}
let begin = null;
const context = vm.createContext({
  require: (name) => ({ photoshop, uxp })[name],
  document: { getElementById: element, addEventListener: (_, run) => { begin = run; } },
  console, Uint8Array, Uint32Array, DataView, ArrayBuffer, Date, JSON, Promise, Error,
});
const page = fs.readFileSync(path.join(panel, "index.html"), "utf8");
for (const [, name] of page.matchAll(/<script src="([^"]+)">/g)) {
  vm.runInContext(fs.readFileSync(path.join(panel, name), "utf8"), context, { filename: name });
}
const said = () => elements.said.textContent;
const click = async (id) => { await elements[id].on.click(); return element("said").textContent; };

(async () => {
  begin();
  const told = {};
  Object.assign(element("partner"), { value: "my_studio" });
  element("owner").value = "Us";
  element("description").value = "A flat picture, nothing else.";
  element("line").value = "Nothing outside the matte moves";
  element("budget").value = "5";
  await click("inbox");
  told.uncleared = await click("submit");
  element("cleared").checked = true;
  const before = new Set(fs.readdirSync(inbox));
  const handed = await click("submit");
  const name = fs.readdirSync(inbox).find((each) => !before.has(each));
  if (!name) throw new Error(handed);
  told.request = path.join(inbox, name);
  told.early = await click("fetch");
  fs.mkdirSync(path.join(told.request, "takes"));
  fs.writeFileSync(path.join(told.request, "takes", "a.png"), "x");
  const takes = [{ mime: "image/png", file: "takes/a.png" }, { mime: "video/mp4", file: "takes/b" }];
  fs.writeFileSync(path.join(told.request, "answers.json"), JSON.stringify({ takes }));
  await click("fetch");
  told.opened = opened;
  element("take").value = "3c".repeat(16);
  element("lines").value = "1, 2";
  element("by").value = "Ada";
  await new Promise((rest) => setTimeout(rest, 5));
  await click("repair");
  const second = fs.readdirSync(inbox).find((each) => each !== name);
  if (!second) throw new Error(said());
  told.repair = path.join(inbox, second);
  process.stdout.write(JSON.stringify(told));
})().catch((error) => { console.error(error); process.exit(1); });
