// The files on the page, by name, in the order in which they came.
const files = new Map(); // name: { name, data, kind, made }
const listeners = [];

const kinds = {
  module: "module",
  object: "object",
  archive: "archive",
  header: "header",
  sizes: "map (JSON)",
  map: "map",
  elf: "ELF",
  script: "script",
  other: "file",
};

// kindOf says what a file is: by how it begins, or else by its name.
function kindOf(name, data) {
  const begins = (...bytes) => bytes.every((b, i) => data[i] === b);
  const ends = (...list) => list.some((end) => name.toLowerCase().endsWith(end));
  if (begins(0x7f, 0x45, 0x4c, 0x46)) return data[16] === 1 && data[17] === 0 ? "object" : "elf";
  if (begins(0x21, 0x3c)) return "archive";
  if (ends(".mpy") || ((begins(0x4d) || begins(0x43)) && data[1] < 16)) return "module";
  if (ends(".o")) return "object";
  if (ends(".a")) return "archive";
  if (ends(".h")) return "header";
  if (ends(".json")) return "sizes";
  if (ends(".map")) return "map";
  if (ends(".ld", ".lds", ".x")) return "script";
  return "other";
}

const namesOf = (...wanted) => [...files.values()].filter((f) => wanted.includes(f.kind)).map((f) => f.name);

// add puts files on the page. One of the same name is replaced: so a module that was made
// again is dropped again.
function add(list, made = false) {
  for (const { name, data } of list) files.set(name, { name, data, kind: kindOf(name, data), made });
  changed(list.map((f) => f.name));
}

function remove(name) {
  files.delete(name);
  changed([]);
}

function changed(names) {
  showFiles();
  for (const listener of listeners) listener(names);
}

function showFiles() {
  const list = document.getElementById("list");
  list.replaceChildren(
    ...[...files.values()].map((f) =>
      el("li", {},
        el("span", { class: `badge ${f.kind}` }, kinds[f.kind]),
        el("span", { class: "name", title: f.name }, f.name),
        el("span", { class: "size" }, bytesText(f.data.length)),
        el("span", { class: "actions" },
          el("button", { type: "button", class: "icon", "aria-label": `Save ${f.name}`, title: "Save", onclick: () => save(f.name, f.data) }, "↓"),
          el("button", { type: "button", class: "icon", "aria-label": `Remove ${f.name}`, title: "Remove", onclick: () => { remove(f.name); say(`${f.name} removed`); document.getElementById("choose").focus(); } }, "×")))));
  document.getElementById("clear").hidden = files.size < 2;
  document.getElementById("example").hidden = files.size > 0;
}

// read takes in files of the system's, directories with what is in them.
async function read(list) {
  const found = [];
  for (const { name, file } of list) found.push({ name, data: new Uint8Array(await file.arrayBuffer()) });
  if (found.length === 0) return;
  add(found);
  say(found.length === 1 ? `${found[0].name} added` : `${found.length} files added`);
}

// dropped are the files of a drop, those in directories included.
async function dropped(transfer) {
  const list = [];
  const visit = async (entry, path) => {
    if (entry.isFile) {
      list.push({ name: path + entry.name, file: await new Promise((done, failed) => entry.file(done, failed)) });
    } else if (entry.isDirectory) {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((done, failed) => reader.readEntries(done, failed));
        if (some.length === 0) break;
        for (const inner of some) await visit(inner, path + entry.name + "/");
      }
    }
  };
  // All at once: behind the first wait the items are empty. Files are taken as such, for some browsers
  // give a page that was opened as a file no entries of the file system.
  const items = [...transfer.items].map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
  for (const { entry, file } of items) {
    if (!entry?.isDirectory) {
      if (file) list.push({ name: file.name, file });
      continue;
    }
    try {
      await visit(entry, "");
    } catch {
      say(`This browser does not open ${entry.name} here: choose the files in it instead`);
    }
  }
  return list;
}
