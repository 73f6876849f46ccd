// The page: its tabs, and what happens when files come.

const verbNames = { inspect: "Inspect", dump: "Dump", size: "Size", check: "Check", diff: "Compare", link: "Link", merge: "Merge" };
const shownAtOnce = ["inspect", "dump", "size"];
let current = "inspect";

function select(verb, focus = false) {
  current = verb;
  for (const name of Object.keys(verbNames)) {
    const tab = document.getElementById(`tab-${name}`);
    tab.setAttribute("aria-selected", name === verb);
    tab.tabIndex = name === verb ? 0 : -1;
    document.getElementById(`panel-${name}`).hidden = name !== verb;
    if (focus && name === verb) tab.focus();
  }
  show([]);
}

// show brings the panel that is in view up to date.
function show(fresh) {
  for (const [verb, p] of Object.entries(panels)) {
    const possible = p.update(fresh);
    if (verb === current && possible && shownAtOnce.includes(verb) && engine.about) p.run();
  }
}

// fits is the verb that files ask for.
function fits(names) {
  const came = names.map((n) => files.get(n)?.kind);
  if (came.includes("object")) return "link";
  if (came.includes("module")) return ["link", "merge"].includes(current) ? "inspect" : current;
  if (came.includes("sizes")) return "size";
  return current;
}

function makeTabs() {
  const tabs = document.getElementById("tabs");
  const names = Object.keys(verbNames);
  tabs.append(...names.map((name) => el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, onclick: () => select(name) }, verbNames[name])));
  tabs.addEventListener("keydown", (event) => {
    const at = names.indexOf(current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    select(names[(to + names.length) % names.length], true);
  });
  document.getElementById("panels").append(...names.map((name) => el("div", { role: "tabpanel", id: `panel-${name}`, "aria-labelledby": `tab-${name}` }, panels[name].content)));
}

function listen() {
  const chooser = document.getElementById("chooser");
  document.getElementById("choose").addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", async () => {
    await read([...chooser.files].map((file) => ({ name: file.name, file })));
    chooser.value = "";
  });
  document.getElementById("example").addEventListener("click", () => {
    const list = JSON.parse(document.getElementById("example-files").textContent);
    add(Object.entries(list).map(([name, text]) => ({ name, data: Uint8Array.from(atob(text), (c) => c.charCodeAt(0)) })));
    say("An object and its config header were added: link them");
  });
  document.getElementById("clear").addEventListener("click", () => {
    files.clear();
    changed([]);
    say("All files removed");
    document.getElementById("choose").focus();
  });
  let depth = 0;
  const over = (on) => document.body.classList.toggle("over", on);
  document.addEventListener("dragenter", (e) => (e.preventDefault(), over(++depth > 0)));
  document.addEventListener("dragleave", () => over(--depth > 0));
  document.addEventListener("dragover", (e) => e.preventDefault());
  document.addEventListener("drop", async (e) => {
    e.preventDefault();
    over((depth = 0) > 0);
    await read(await dropped(e.dataTransfer));
  });
  listeners.push((fresh) => {
    // What a link has made is looked at when somebody asks for it.
    const made = fresh.every((n) => files.get(n)?.made);
    const verb = made ? current : fits(fresh);
    if (verb !== current) select(verb);
    show(fresh);
  });
}

async function begin() {
  makeInspect();
  makeDump();
  makeSize();
  makeCheck();
  makeDiff();
  makeLink();
  makeMerge();
  makeTabs();
  listen();
  select(current);
  const state = document.getElementById("state");
  try {
    await engine.start();
  } catch (error) {
    state.textContent = `mpyld cannot run in this browser: ${error.message}`;
    return;
  }
  state.textContent = `Ready, for ${engine.about.for}.`;
  document.body.append(el("datalist", { id: "boards" }, ...engine.about.boards.map((name) => el("option", { value: name }))));
  document.documentElement.dataset.ready = Math.round(performance.now());
  show([]);
}

begin();
