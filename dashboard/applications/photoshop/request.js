/* Requests in folders, as `circletake folder` reads them; UXP's storage does the writing. */
"use strict";

const SCHEMA = "circletake-folder/1";

/* What a panel says, as request.json. */
function asked(said) {
  const body = {
    schema: SCHEMA,
    partner: said.partner,
    budget_usd: Number(said.budget),
    simulate: !said.real,
    application: "Photoshop",
  };
  if (!(body.budget_usd > 0)) throw new Error("the budget: a number above 0");
  if (said.by) body.by = said.by;
  return body;
}

/* The selected part of a picture, asked for anew; everything else must stay. */
function inpaint(said) {
  if (!said.cleared) throw new Error("say that you may hand this in: tick `Inputs are cleared`");
  if (said.description.length < 20) throw new Error("what is seen: 20 characters or more");
  return Object.assign(asked(said), {
    shot: {
      task: "inpaint_cleanup",
      description: said.description,
      plate: "plate.png",
      matte: "matte.png",
      lines: [{ criterion: said.line, kind: "untouched_region", must: true }],
      rights: { owner: said.owner, inputs_cleared: true },
    },
  });
}

/* Failed lines of a take, asked for again. */
function repair(said) {
  const lines = said.lines.split(/[\s,]+/).filter(Boolean).map(Number);
  if (!said.take || !lines.length || !lines.every((n) => Number.isInteger(n) && n > 0)) {
    throw new Error("which take, and the numbers of its lines");
  }
  return Object.assign(asked(said), { repair: { take: said.take.trim(), lines } });
}

/* Write a request: pictures first, `ready` last; nothing is looked at before it is there. */
async function drop(inbox, name, request, files, formats) {
  const folder = await inbox.createFolder(name);
  const listed = [];
  for (const [path, bytes] of Object.entries(files)) {
    const file = await folder.createFile(path);
    await file.write(bytes.buffer, { format: formats.binary });
    listed.push({ path, bytes: bytes.length });
  }
  const text = JSON.stringify(Object.assign({}, request, { files: listed }), null, 2);
  await (await folder.createFile("request.json")).write(text, { format: formats.utf8 });
  await (await folder.createFile("ready")).write("", { format: formats.utf8 });
  return folder;
}

/* What lies in a request's folder, or null where it is not there yet. */
async function read(folder, name) {
  try {
    return JSON.parse(await (await folder.getEntry(name)).read());
  } catch (error) {
    return null;
  }
}

/* Files of the stills of a request, each with its take; throws what state.json says where none. */
async function stills(folder) {
  const answers = await read(folder, "answers.json");
  if (!answers) {
    const state = await read(folder, "state.json");
    throw new Error(state ? state.words : "nobody looked at it yet; does `circletake folder watch` run?");
  }
  const rows = answers.takes.filter((row) => row.mime.startsWith("image/"));
  return Promise.all(rows.map(async (row) => ({ row, file: await folder.getEntry(row.file) })));
}

if (typeof module !== "undefined") module.exports = { asked, inpaint, repair, drop, read, stills };
