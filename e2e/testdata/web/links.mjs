// Links what a file holds with the package, and prints a line of JSON for each: the sha256 of the module, or
// the messages. The file has, for each link, the size of a head in four bytes, the head (options, and files
// with their sizes) and the files' content.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { load, MpyldError } from "mpyld";

const mpyld = await load();
const all = readFileSync(process.argv[2]);
for (let at = 0; at < all.length; ) {
  const next = (size) => all.subarray(at, (at += size));
  const head = JSON.parse(next(next(4).readUInt32LE()));
  const files = Object.fromEntries(head.files.map(({ name, size }) => [name, next(size)]));
  try {
    const made = Object.values(mpyld.link({ files, ...head.options }).files);
    if (made.length !== 1) throw new Error(`${made.length} files`);
    console.log(JSON.stringify({ module: createHash("sha256").update(made[0]).digest("hex") }));
  } catch (error) {
    if (!(error instanceof MpyldError)) throw error;
    console.log(JSON.stringify({ messages: error.message, status: error.status }));
  }
}
