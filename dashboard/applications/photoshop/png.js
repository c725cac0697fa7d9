/* PNG by hand: UXP encodes JPEG only, and a matte must come through to the bit. */
"use strict";

const TABLE = new Uint32Array(256).map((_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
const COLOUR = { 1: 0, 3: 2, 4: 6 };
const BLOCK = 65535;

function crc(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function adler(bytes) {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

function chunk(kind, data) {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let n = 0; n < 4; n++) out[4 + n] = kind.charCodeAt(n);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc(out.subarray(4, 8 + data.length)));
  return out;
}

/* zlib without compression: stored blocks of at most 65,535 bytes. */
function stored(bytes) {
  const blocks = Math.max(1, Math.ceil(bytes.length / BLOCK));
  const out = new Uint8Array(2 + blocks * 5 + bytes.length + 4);
  out.set([0x78, 0x01]);
  let at = 2;
  for (let n = 0; n < blocks; n++) {
    const part = bytes.subarray(n * BLOCK, (n + 1) * BLOCK);
    const size = part.length;
    out.set([n === blocks - 1 ? 1 : 0, size & 255, size >> 8, ~size & 255, (~size >> 8) & 255], at);
    out.set(part, at + 5);
    at += 5 + size;
  }
  new DataView(out.buffer).setUint32(at, adler(bytes));
  return out;
}

/* 8-bit PNG of `pixels`, row by row from the top, 1, 3 or 4 channels each. */
function png(width, height, pixels, channels) {
  const stride = width * channels;
  if (pixels.length !== stride * height) throw new Error("pixels do not fit " + width + "x" + height);
  const rows = new Uint8Array((stride + 1) * height);
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  }
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  head.set([8, COLOUR[channels], 0, 0, 0], 8);
  const start = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
  const parts = [start, chunk("IHDR", head), chunk("IDAT", stored(rows)), chunk("IEND", new Uint8Array(0))];
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

if (typeof module !== "undefined") module.exports = { png };
