/* The panel: what is selected becomes a matte, the picture under it a plate. */
"use strict";

const { app, core, imaging } = require("photoshop");
const { localFileSystem, formats } = require("uxp").storage;

const FIELDS = ["partner", "owner", "description", "line", "budget", "take", "lines", "by"];
const BOXES = ["cleared", "real"];
const held = { inbox: null, last: null };

function said() {
  const found = {};
  for (const id of FIELDS) found[id] = document.getElementById(id).value;
  for (const id of BOXES) found[id] = document.getElementById(id).checked;
  return found;
}

function tell(text) {
  document.getElementById("said").textContent = text;
}

function stamp() {
  return "photoshop_" + Date.now().toString(36);
}

/* The whole picture as it is seen, 8 bits, sRGB. */
async function plate(doc) {
  const found = await imaging.getPixels({
    documentID: doc.id,
    componentSize: 8,
    colorProfile: "sRGB IEC61966-2.1",
    applyAlpha: true,
  });
  return pixels(found, doc.width, doc.height, 3);
}

/* What is selected: white may change. */
async function matte(doc) {
  const found = await imaging.getSelection({ documentID: doc.id, componentSize: 8 });
  return pixels(found, doc.width, doc.height, 1);
}

/* Photoshop gives the part that holds something; it is laid where it belongs. */
async function pixels(found, width, height, channels) {
  const image = found.imageData;
  const data = await image.getData({ chunky: true });
  const out = new Uint8Array(width * height * channels);
  const { left, top } = found.sourceBounds;
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      if (x + left < 0 || y + top < 0 || x + left >= width || y + top >= height) continue;
      for (let c = 0; c < channels; c++) {
        const at = (y * image.width + x) * image.components + Math.min(c, image.components - 1);
        out[((y + top) * width + x + left) * channels + c] = data[at];
      }
    }
  }
  image.dispose();
  return png(width, height, out, channels);
}

async function submit() {
  const request = inpaint(said());
  const doc = app.activeDocument;
  if (!held.inbox) throw new Error("choose the inbox folder first");
  if (!doc) throw new Error("no picture is open");
  const files = {};
  await core.executeAsModal(
    async () => {
      files["plate.png"] = await plate(doc);
      files["matte.png"] = await matte(doc);
    },
    { commandName: "Circle Take: read the picture" }
  );
  held.last = await drop(held.inbox, stamp(), request, files, formats);
  tell("handed in as " + held.last.name);
}

async function again() {
  if (!held.inbox) throw new Error("choose the inbox folder first");
  held.last = await drop(held.inbox, stamp(), repair(said()), {}, formats);
  tell("handed in as " + held.last.name);
}

async function fetchTakes() {
  if (!held.last) throw new Error("nothing was handed in yet");
  const found = await stills(held.last);
  await core.executeAsModal(
    async () => {
      for (const { file } of found) await app.open(file);
    },
    { commandName: "Circle Take: open takes" }
  );
  tell(found.length + " takes are open");
}

async function choose() {
  held.inbox = (await localFileSystem.getFolder()) || held.inbox;
  if (held.inbox) document.getElementById("where").textContent = held.inbox.nativePath;
}

function bind(id, action) {
  document.getElementById(id).addEventListener("click", async () => {
    try {
      await action();
    } catch (error) {
      tell(error.message || String(error));
    }
  });
}

function begin() {
  bind("inbox", choose);
  bind("submit", submit);
  bind("repair", again);
  bind("fetch", fetchTakes);
}

document.addEventListener("DOMContentLoaded", begin);
