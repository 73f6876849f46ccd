// The worker: mpyld runs here, so that the page goes on whatever a file does to it.

let mpyld;

// unpack makes bytes of the gzip-compressed module, which is in the page as base64.
async function unpack(text) {
  const letters = atob(text);
  const packed = new Uint8Array(letters.length);
  for (let i = 0; i < packed.length; i++) packed[i] = letters.charCodeAt(i); // Uint8Array.from takes ten times as long
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

onmessage = async ({ data }) => {
  try {
    if (data.text || data.module) {
      const module = data.module ?? (await WebAssembly.compile(await unpack(data.text)));
      mpyld = await load(module);
      postMessage({ ready: true, module, about: JSON.parse(mpyld.about().text) });
      return;
    }
    postMessage({ id: data.id, answer: mpyld.ask(data.verb, data.request) });
  } catch (error) {
    // Out of memory, or worse: this instance is no more.
    postMessage({ id: data.id, failed: String(error?.message ?? error) });
  }
};
