// Verbs that make a module: link and merge.

// choices is a group of checkboxes for files. New ones are on; those that were off stay so.
function choices(legend) {
  const off = new Set();
  const box = el("fieldset", {}, el("legend", {}, legend));
  let order = [];
  const show = (movable) => box.replaceChildren(el("legend", {}, legend), ...order.map((name, i) =>
    el("p", { class: "choice" },
      el("label", {}, el("input", { type: "checkbox", checked: !off.has(name), onchange: (e) => (e.target.checked ? off.delete(name) : off.add(name)) }), " ", name),
      movable && i > 0 ? el("button", { type: "button", class: "icon", "aria-label": `Move ${name} up`, title: "Move up", onclick: () => { order.splice(i - 1, 0, ...order.splice(i, 1)); show(movable); say(`${name} is number ${i} now`); box.querySelectorAll("input")[i - 1].focus(); } }, "↑") : null)));
  return {
    box,
    update(names, movable = false, unwanted = []) {
      for (const name of names) if (!order.includes(name) && unwanted.includes(name)) off.add(name);
      order = [...order.filter((n) => names.includes(n)), ...names.filter((n) => !order.includes(n))];
      box.hidden = order.length === 0;
      show(movable);
    },
    chosen: () => order.filter((n) => !off.has(n)),
  };
}

// suggested is the architecture that an object may be for; the linker knows.
const suggested = { 3: "x86", 62: "x64", 40: "armv7m", 94: "xtensawin", 243: "rv32imc" };
function archOf(name) {
  const data = files.get(name)?.data;
  return data?.length > 19 ? (data[18] === 243 && data[4] === 2 ? "rv64imc" : suggested[data[18]]) : undefined;
}

function makeLink() {
  const objects = choices("Objects");
  const archives = choices("Archives (-l)");
  const header = el("select");
  const script = el("select");
  const arch = el("select", { required: true });
  const output = el("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  const gc = el("input", { type: "checkbox" });
  const small = el("input", { type: "checkbox" });
  const debug = el("input", { type: "checkbox" });
  const text = () => el("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  const [defsym, undef, wrap] = [text(), text(), text()];
  const to = targets();
  let asked = false;
  arch.addEventListener("change", () => (asked = true));
  const check = (label, control) => el("p", { class: "choice" }, el("label", {}, control, " ", label));
  const values = (control) => control.value.split(/\s+/).filter(Boolean);
  panel("link", {
    controls: [
      objects.box, archives.box,
      field("Config header (--qstrs)", header), field("Architecture (--arch)", arch), field("Name of the module (-o)", output),
      el("details", {}, el("summary", {}, "More"), el("div", { class: "form" }, ...to.fields,
        field("Addresses from a script (-e)", script),
        field("Symbols to set (--defsym)", defsym, "SYM=EXPR, several with spaces between"), field("Symbols to fetch (-u)", undef), field("Symbols to wrap (--wrap)", wrap),
        check("Make it smaller (-O)", small), check("Leave out what nothing refers to (--gc-sections)", gc), check("A companion for debuggers (--debug-elf)", debug))),
    ],
    button: "Link",
    empty: "Linking takes objects (.o) and the config header that they were compiled with. The example has both.",
    update(fresh) {
      to.update();
      objects.update(namesOf("object"));
      archives.update(namesOf("archive"));
      fill(header, namesOf("header"), { none: "none" });
      const latest = fresh.findLast((n) => namesOf("header").includes(n));
      if (latest) header.value = latest;
      fill(script, namesOf("script"), { none: "none" });
      const chosen = objects.chosen();
      fill(arch, engine.about?.archs ?? []);
      if (!asked && chosen.length) arch.value = archOf(chosen[0]) ?? "x64";
      if (chosen.length && (!output.value || output.value === output.placeholder)) output.value = output.placeholder = base(chosen[0], ".mpy");
      return namesOf("object", "archive").length > 0;
    },
    request() {
      const [names, libs] = [objects.chosen(), archives.chosen()];
      const made = output.value.trim() || output.placeholder;
      const beside = { map: base(made, ".map"), mapJson: base(made, ".map.json"), ...(debug.checked ? { debugElf: base(made, ".elf") } : {}) };
      const lists = { externs: script.value ? [script.value] : [], defsym: values(defsym), undefined: values(undef), wrap: values(wrap), libs };
      const options = { ...to.request(), arch: arch.value, output: made, gcSections: gc.checked, optimize: small.checked, ...(header.value ? { qstrs: header.value } : {}), ...lists, ...beside };
      const flags = { externs: "-e", defsym: "--defsym", undefined: "-u", wrap: "--wrap", libs: "-l" };
      const words = ["mpyld", ...to.words(), "--arch", arch.value, ...(header.value ? ["--qstrs", header.value] : []), ...(gc.checked ? ["--gc-sections"] : []), ...(small.checked ? ["-O"] : []), "-o", made,
        ...Object.entries(lists).flatMap(([name, list]) => list.flatMap((value) => [flags[name], value])),
        "-Map", beside.map, "--map-json", beside.mapJson, ...(debug.checked ? ["--debug-elf", beside.debugElf] : []), ...names];
      return { request: { files: contentOf([...names, ...libs, header.value, script.value]), operands: names, ...options }, words, keep: true, label: "The link", fileName: base(made, ".txt") };
    },
  });
}

function makeMerge() {
  const modules = choices("Modules, in the order in which they run");
  const output = el("input", { type: "text", value: "merged.mpy", autocomplete: "off", spellcheck: "false" });
  panel("merge", {
    controls: [modules.box, field("Name of the module (-o)", output)], button: "Merge", empty: "Merging takes two .mpy files or more.",
    update: () => (modules.update(namesOf("module"), true, [output.value]), namesOf("module").length > 1),
    request() {
      const names = modules.chosen();
      const made = output.value.trim() || "merged.mpy";
      return { request: { files: contentOf(names), operands: names, output: made }, words: ["mpyld", "merge", "-o", made, ...names], keep: true, label: "The merge", fileName: "merge.txt" };
    },
  });
}
