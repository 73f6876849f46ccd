// What index.d.ts allows, and what it does not: compiled, never run.
import { load, MpyldError, type Answer, type Diagnostic } from "mpyld";

const mpyld = await load();
const linked: Answer = mpyld.link({ files: { "a.o": new Uint8Array(4), "config.h": "" }, qstrs: "config.h", arch: "armv7m", libs: [], gcSections: true });
const module: Uint8Array | undefined = linked.files["a.mpy"];
if (module) mpyld.check({ files: { "a.mpy": module }, device: "5894" }).text.trim();
mpyld.size({ files: linked.files, by: "symbol", treemap: "t.svg" });
mpyld.ask("inspect", { files: linked.files, json: true });
await load(new URL("https://example.org/mpyld.wasm"));
try {
  mpyld.merge({ files: linked.files, output: "all.mpy" });
} catch (error) {
  if (error instanceof MpyldError) error.diagnostics.map((d: Diagnostic) => [d.code, d.line, ...(d.notes ?? []).map((n) => n.message)]);
}
// @ts-expect-error: there is no such option
mpyld.link({ files: {}, qstrz: "config.h" });
// @ts-expect-error: merge wants a name
mpyld.merge({ files: {} });
// @ts-expect-error: there is no such grouping
mpyld.size({ files: {}, by: "colour" });
