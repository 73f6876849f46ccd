// mpyld for JavaScript: the verbs of the command, with files that are Uint8Arrays. index.d.ts has
// the types. Nothing here asks for anything but the WebAssembly module.

const verbs = ["about", "inspect", "dump", "size", "verify", "check", "diff", "merge", "preprocess", "link"];

/** What is wrong with what mpyld was given. The message is what the command prints. */
export class MpyldError extends Error {
  name = "MpyldError";
  constructor({ messages, diagnostics, status }) {
    super(messages.trimEnd());
    Object.assign(this, { diagnostics, status });
  }
}

/** Loads mpyld from a WebAssembly.Module, the bytes of one, a Response, or a URL. */
export async function load(source = new URL("mpyld.wasm", import.meta.url)) {
  const module = await compile(source);
  const host = hostOf(module);
  const { exports: wasm } = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: host.functions });
  host.memory = wasm.memory;
  wasm._initialize();

  const ask = (verb, { files = {}, operands, ...options } = {}) => {
    if (operands !== undefined && !Array.isArray(operands)) throw new TypeError(`operands: ${JSON.stringify(operands)} is no list of names`);
    if (typeof options.device === "number") options.device = String(options.device); // as sys.implementation._mpy is
    const named = new Set(Object.values(options).flat());
    const contents = Object.entries(files).map(([name, data]) => [name, bytes(data, name)]);
    const head = bytes(JSON.stringify({
      verb, options, operands: operands ?? Object.keys(files).filter((name) => !named.has(name)),
      files: contents.map(([name, data]) => ({ name, size: data.length })),
    }));
    const message = [bytes(Uint32Array.of(head.length)), head, ...contents.map(([, data]) => data)];
    let at = wasm.request(message.reduce((sum, part) => sum + part.length, 0)) >>> 0;
    const memory = new Uint8Array(wasm.memory.buffer);
    for (const part of message) {
      memory.set(part, at);
      at += part.length;
    }
    at = wasm.call() >>> 0; // after that the memory may be another buffer
    return answerOf(new Uint8Array(wasm.memory.buffer, at, wasm.size() >>> 0).slice());
  };
  const checked = (verb) => (options) => {
    const answer = ask(verb, options);
    if (answer.status > 1 || answer.diagnostics.some((d) => d.severity === "error")) throw new MpyldError(answer);
    return answer;
  };
  return { ask, ...Object.fromEntries(verbs.map((verb) => [verb, checked(verb)])) };
}

function answerOf(message) {
  let at = 4 + new DataView(message.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(message.subarray(4, at)));
  const next = (size) => message.subarray(at, (at += size));
  const text = new TextDecoder().decode(next(head.text));
  return { ...head, text, files: Object.fromEntries(head.files.map(({ name, size }) => [name, next(size).slice()])) };
}

function bytes(data, name) {
  if (typeof data === "string") return new TextEncoder().encode(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (/ArrayBuffer\]$/.test(Object.prototype.toString.call(data))) return new Uint8Array(data); // of any frame, shared ones too
  throw new TypeError(`files: the content of ${name} is no Uint8Array, ArrayBuffer or string`); // of a number, Uint8Array would make so many zeros
}

async function compile(source) {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
  if (source instanceof URL && source.protocol === "file:") {
    const { readFile } = await import(/* @vite-ignore */ "node:fs/promises");
    return WebAssembly.compile(await readFile(source));
  }
  return WebAssembly.compile(await (await (source instanceof Response ? source : fetch(source))).arrayBuffer());
}

// What Go's runtime asks of its host (WASI preview 1): the time, random numbers, and where to write its
// last words. Everything else is "no such thing" (52, ENOSYS), or no such file (8, EBADF).
function hostOf(module) {
  const host = { memory: null, words: "" };
  const view = () => new DataView(host.memory.buffer);
  const functions = {
    args_sizes_get: (count, size) => (view().setUint32(count, 0, true), view().setUint32(size, 0, true), 0),
    environ_sizes_get: (count, size) => functions.args_sizes_get(count, size),
    args_get: () => 0,
    environ_get: () => 0,
    sched_yield: () => 0,
    poll_oneoff: (from, to, count, events) => (view().setUint32(events, 0, true), 0),
    clock_time_get: (clock, precision, at) => (view().setBigUint64(at, BigInt(Math.round((clock ? performance.now() : Date.now()) * 1e6)), true), 0),
    random_get: (at, size) => { // for the seeds of Go's maps; Node.js 18 has no crypto here
      const random = new Uint8Array(host.memory.buffer, at, size);
      globalThis.crypto ? crypto.getRandomValues(random) : random.forEach((_, i) => (random[i] = 256 * Math.random()));
      return 0;
    },
    fd_write: (fd, list, count, written) => {
      let total = 0;
      for (let i = list; i < list + 8 * count; i += 8) {
        const size = view().getUint32(i + 4, true);
        host.words += new TextDecoder().decode(new Uint8Array(host.memory.buffer, view().getUint32(i, true), size));
        total += size;
      }
      view().setUint32(written, total, true);
      return 0;
    },
    proc_exit: (status) => {
      throw new Error(`mpyld ended (${status}); load it again. ${host.words}`);
    },
  };
  for (const { name } of WebAssembly.Module.imports(module)) functions[name] ??= () => (name.startsWith("fd_prestat") ? 8 : 52);
  return Object.assign(host, { functions });
}
