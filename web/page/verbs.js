// The verbs for finished modules. Each has a form, and makes of it a request and the
// command line that means the same.

const panels = {}; // by verb: { form, result, update, run }

// field is a control with its label.
let fields = 0;
function field(label, control, hint) {
  control.id ||= `field${++fields}`;
  const note = hint ? el("small", { id: `${control.id}-hint` }, hint) : null;
  if (note) control.setAttribute("aria-describedby", note.id);
  return el("p", { class: "field" }, el("label", { for: control.id }, label), control, note);
}

// fill sets the choices of a select, and keeps what is chosen. A name that is new is chosen, if it may
// be.
function fill(select, names, { none, fresh = [] } = {}) {
  const before = select.value;
  select.replaceChildren(...(none === undefined ? [] : [el("option", { value: "" }, none)]), ...names.map((name) => el("option", { value: name }, name)));
  const latest = none === undefined ? fresh.findLast((name) => names.includes(name)) : undefined;
  select.value = latest ?? (names.includes(before) ? before : none === undefined ? (names[0] ?? "") : "");
  select.disabled = names.length === 0;
}

const contentOf = (names) => Object.fromEntries(names.filter((n) => files.has(n)).map((n) => [n, files.get(n).data]));

// panel makes the panel of a verb: its form, and where its answers go.
function panel(verb, { controls, button, empty, update, request, extra, quiet }) {
  const form = el("form", { class: "form", novalidate: true }, ...controls, button ? el("p", { class: "field end" }, el("button", { class: "main", type: "submit" }, button)) : null);
  const result = el("div", { class: "result" });
  const self = {
    form, result, ran: false, latest: 0,
    content: el("div", {}, form, result),
    update(fresh) {
      const possible = update(fresh);
      form.hidden = !possible;
      if (!possible) {
        result.replaceChildren(el("p", { class: "empty" }, empty));
        self.ran = false;
      } else if (!self.ran) result.replaceChildren();
      return possible;
    },
    async run() {
      const asked = request();
      if (!asked) return;
      const turn = ++self.latest;
      self.ran = true;
      const waiting = setTimeout(() => {
        if (turn === self.latest) result.replaceChildren(el("p", { class: "wait" }, "Working… ", el("button", { type: "button", onclick: () => engine.replace("stopped") }, "Stop")));
      }, 400);
      let block, words;
      try {
        const answer = await engine.ask(asked.verb ?? verb, asked.request);
        block = answerBlock(answer, { ...asked, quiet, extra: extra?.(answer) ?? [] });
        words = answer.messages.split("\n")[0] || (answer.text ? answer.text.split("\n")[0] : "done");
        if (Object.keys(answer.files).length && asked.keep) add(Object.entries(answer.files).map(([name, data]) => ({ name, data })), true);
      } catch (error) {
        words = `mpyld gave up: ${error.message}`;
        block = el("div", { class: "messages failed" }, el("p", { class: "error" }, el("b", {}, "error"), el("span", {}, words)));
      }
      clearTimeout(waiting);
      if (turn !== self.latest) return;
      result.replaceChildren(block);
      say(`${verbNames[verb]}: ${words}`);
    },
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    self.run();
  });
  if (!button) form.addEventListener("change", () => self.run());
  panels[verb] = self;
}

const noModule = "Drop a .mpy file to begin, or try the example and link it.";
const base = (name, end) => name.split("/").pop().replace(/\.\w+$/, "") + end;

function makeInspect() {
  const module = el("select");
  panel("inspect", {
    controls: [field("Module", module)], empty: noModule,
    update: (fresh) => (fill(module, namesOf("module"), { fresh }), module.value),
    request: () => ({ request: { files: contentOf([module.value]) }, words: ["mpyld", "inspect", module.value], label: "What it is, who imports it, what it needs", fileName: base(module.value, ".txt"), look: "facts" }),
  });
}

function makeDump() {
  const module = el("select");
  const map = el("select");
  const lines = el("select");
  const how = el("select", {}, el("option", { value: "" }, "Parts and code"), el("option", { value: "hexdump" }, "Every byte"), el("option", { value: "json" }, "JSON"));
  panel("dump", {
    controls: [field("Module", module), field("Show", how), field("Names from", map), field("Lines of sources from", lines, "The companion of a link, of objects that are compiled with -g; and the sources.")], empty: noModule,
    update: (fresh) => (fill(module, namesOf("module"), { fresh }), fill(map, namesOf("map"), { none: "no map" }), fill(lines, namesOf("elf"), { none: "no companion" }), module.value),
    request() {
      const given = [["map", map.value], ["debug", lines.value]].filter(([, name]) => name);
      const options = how.value ? { [how.value]: true } : Object.fromEntries(given);
      const words = how.value ? [`--${how.value}`] : given.flatMap(([option, name]) => [`--${option}`, name]);
      return { request: { files: contentOf([module.value, map.value, lines.value, ...namesOf("other", "header")]), operands: [module.value], ...options }, words: ["mpyld", "dump", ...words, module.value], label: "What is in it", fileName: base(module.value, how.value === "json" ? ".json" : ".dump.txt") };
    },
  });
}

// picture shows a drawing with its own style, which must not meet the page's.
function picture(svg) {
  const host = el("div", { class: "picture", tabindex: "0", role: "region", "aria-label": "Picture of the sizes; the table below has the same as text" });
  const style = el("style", {}, "svg { display: block; width: 100%; min-width: 680px; height: auto }");
  const drawing = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  host.attachShadow({ mode: "open" }).append(style, document.importNode(drawing, true));
  return host;
}

function makeSize() {
  const file = el("select");
  const by = el("select");
  let asked = false;
  by.addEventListener("change", () => (asked = true));
  panel("size", {
    controls: [field("Module or map", file, "The map of a link knows symbols; a module alone, only its segments."), field("A row for each", by)], empty: noModule,
    update: (fresh) => (fill(by, engine.about?.groupings ?? []), asked || (by.value = "symbol"), fill(file, namesOf("module", "sizes"), { fresh: fresh.filter((n) => n.endsWith(".json") || !fresh.some((m) => m.endsWith(".json"))) }), file.value),
    request() {
      by.disabled = files.get(file.value)?.kind !== "sizes";
      const grouping = by.disabled ? "segment" : by.value;
      const svg = base(file.value, ".svg");
      return { request: { files: contentOf([file.value]), by: grouping, treemap: svg }, words: ["mpyld", "size", "--by", grouping, "--treemap", svg, file.value], label: "Bytes in the file and in memory", fileName: base(file.value, ".sizes.txt") };
    },
    extra: (answer) => Object.values(answer.files).map((svg) => picture(new TextDecoder().decode(svg))),
    quiet: true,
  });
}

// targets are the fields that say whom a module is for.
function targets() {
  const device = el("input", { type: "text", inputmode: "text", autocomplete: "off", spellcheck: "false", placeholder: "5894" });
  const board = el("input", { type: "text", list: "boards", autocomplete: "off", spellcheck: "false", placeholder: "pico2" });
  const target = el("select");
  return {
    fields: [
      field("Device number", device, "On the device: import sys; print(sys.implementation._mpy)"),
      field("Chip or board", board), field("Release", target),
    ],
    update: () => fill(target, engine.about?.targets ?? [], { none: "any" }),
    request: () => Object.fromEntries(Object.entries({ device: device.value.trim(), board: board.value.trim(), target: target.value }).filter(([, v]) => v)),
    words: () => [["--device", device.value.trim()], ["--board", board.value.trim()], ["--target", target.value]].filter(([, v]) => v).flat(),
  };
}

function makeCheck() {
  const module = el("select");
  const to = targets();
  panel("check", {
    controls: [field("Module", module), ...to.fields], button: "Check", empty: noModule,
    update: (fresh) => (to.update(), fill(module, namesOf("module"), { fresh }), module.value),
    request() {
      // Without a device it is loaded as any firmware would.
      const options = to.request();
      const verb = Object.keys(options).length ? "check" : "verify";
      return { verb, request: { files: contentOf([module.value]), operands: [module.value], ...options }, words: ["mpyld", verb, ...to.words(), module.value], label: verb === "check" ? "Whether the device imports it" : "Loaded as firmware would load it", fileName: base(module.value, ".check.txt"), look: "verdict" };
    },
  });
}

function makeDiff() {
  const a = el("select");
  const b = el("select");
  panel("diff", {
    controls: [field("Before", a), field("After", b)], button: "Compare", empty: "Comparing takes two .mpy files.",
    update(fresh) {
      const names = namesOf("module");
      fill(a, names);
      fill(b, names, { fresh });
      if (a.value === b.value && names.length > 1) a.value = names.find((n) => n !== b.value);
      return names.length > 1;
    },
    request: () => ({ request: { files: contentOf([a.value, b.value]), operands: [a.value, b.value] }, words: ["mpyld", "diff", a.value, b.value], label: "What differs by its meaning", fileName: "diff.txt", look: "wrapped" }),
    extra: (answer) => (answer.status === 0 ? [el("p", { class: "good" }, "Nothing that firmware could notice differs.")] : []),
  });
}
