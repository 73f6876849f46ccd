// Elements, and what a verb's answer looks like.

// el makes an element: attributes, and functions for events.
function el(tag, attributes = {}, ...content) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") e.addEventListener(name.slice(2), value);
    else if (value === true) e.setAttribute(name, "");
    else if (value !== false && value != null) e.setAttribute(name, value);
  }
  e.append(...content.filter((c) => c != null));
  return e;
}

const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, "\u2009");
const bytesText = (n) => (n < 10000 ? `${grouped(n)} bytes` : n < 1e6 ? `${(n / 1e3).toFixed(0)} kB` : `${(n / 1e6).toFixed(1)} MB`);

// say tells those who do not see the page what has happened.
function say(text) {
  const status = document.getElementById("said");
  status.textContent = "";
  setTimeout(() => (status.textContent = text), 50);
}

function save(name, data) {
  const url = URL.createObjectURL(new Blob([data]));
  el("a", { href: url, download: name.split("/").pop() }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

// quoted is a command line, as a shell takes it.
const quoted = (words) => words.map((w) => (/^[\w@%+=:,./-]+$/.test(w) ? w : `'${w.replaceAll("'", `'\\''`)}'`)).join(" ");

const mostShown = 200_000; // letters; a browser lays out no more in an instant

// textBlock is text with a button that saves it.
function textBlock(label, text, fileName, look, status) {
  const shown = text.length > mostShown ? text.slice(0, text.lastIndexOf("\n", mostShown) + 1 || mostShown) : text;
  return el("div", { class: "output" },
    el("div", { class: "bar" },
      el("h3", {}, label),
      el("button", { type: "button", class: "quiet", onclick: (e) => copy(e.target, text) }, "Copy"),
      el("button", { type: "button", class: "quiet", "aria-label": `Save as ${fileName}`, onclick: () => save(fileName, text) }, "Save")),
    look === "facts" ? facts(text) : el("pre", { tabindex: "0", role: "region", "aria-label": label, class: look === "verdict" ? (status ? "verdict no" : "verdict yes") : look }, shown),
    shown.length < text.length ? el("p", { class: "dim" }, `These are the first ${bytesText(shown.length)} of ${bytesText(text.length)}: save it to see all.`) : null);
}

// facts is text in two columns as a list: a name and a colon, and what follows, in lines that are further in.
function facts(text) {
  const [title, ...lines] = text.trimEnd().split("\n");
  const list = el("dl", { class: "facts" });
  for (const line of lines) {
    const [, name, value] = line.match(/^ {2}([^ :][^:]*): +(.*)$/) ?? [];
    if (name) list.append(el("dt", {}, name), el("dd", {}, value));
    else (list.lastElementChild ?? list).append(el("br"), line.trim());
  }
  return el("div", { class: "told" }, el("p", {}, title), list);
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    say("Copied");
  } catch {
    button.textContent = "Not allowed here";
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

// messagesBlock is errors and warnings in the command's words.
function messagesBlock({ messages, diagnostics }) {
  if (!messages) return null;
  const failed = diagnostics.some((d) => d.severity === "error");
  const lines = messages.trimEnd().split("\n").map((line) => {
    // In front is mpyld's name, or the line of a source: "wave.c:14: error: ...".
    const [, at, kind, text] = line.match(/^(mpyld|.*?:\d+): (error|warning|note): (.*)$/) ?? [null, "mpyld", "note", line];
    return el("p", { class: kind }, el("b", {}, kind), el("span", {}, at === "mpyld" ? "" : `${at}: `, text));
  });
  return el("div", { class: failed ? "messages failed" : "messages", "data-messages": messages }, ...lines);
}

// answerBlock is all that came out of a verb: what is wrong, files, text, and the same as a
// command.
function answerBlock(answer, { label, fileName, words, extra, look, quiet }) {
  const made = Object.entries(answer.files);
  const block = el("div", { class: "answer" },
    messagesBlock(answer),
    ...extra,
    made.length ? el("ul", { class: "made", "aria-label": "What was made" }, ...made.map(([name, data], i) =>
      el("li", {}, el("button", { type: "button", class: i || quiet ? "" : "main", onclick: () => save(name, data) }, `Save ${name}`), " ", el("span", { class: "dim" }, bytesText(data.length))))) : null,
    answer.text ? textBlock(label, answer.text, fileName, look, answer.status) : null,
    el("p", { class: "command dim" }, "As a command: ", el("code", {}, quoted(words))));
  Object.assign(block, { answer, words });
  return block;
}
