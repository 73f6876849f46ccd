// engine is mpyld in a worker. A worker that failed, or that nobody wants to wait for any
// longer, is replaced: the compiled module is kept for that.
const engine = {
  worker: null,
  module: null,
  about: null,
  waiting: new Map(),
  next: 1,

  // start makes a worker; the promise ends when it can work.
  start() {
    const url = URL.createObjectURL(new Blob([document.getElementById("worker-source").textContent], { type: "text/javascript" }));
    this.worker = new Worker(url);
    URL.revokeObjectURL(url);
    this.ready = new Promise((done, failed) => {
      this.worker.onmessage = ({ data }) => {
        if (data.ready) {
          this.module = data.module;
          this.about = data.about;
          done();
        } else if (data.id === undefined) {
          failed(new Error(data.failed));
        } else {
          this.settle(data);
        }
      };
      this.worker.onerror = (event) => failed(new Error(event.message || "the worker cannot start"));
    });
    this.ready.catch(() => {});
    this.worker.postMessage(this.module ? { module: this.module } : { text: document.getElementById("module").textContent });
    return this.ready;
  },

  settle({ id, answer, failed }) {
    const job = this.waiting.get(id);
    this.waiting.delete(id);
    if (!job) return;
    if (answer) return job.done(answer);
    job.failed(new Error(failed));
    this.replace("another file was too much for it");
  },

  // ask asks for a verb, as mpyld.ask does.
  async ask(verb, request) {
    await this.ready;
    const id = this.next++;
    return new Promise((done, failed) => {
      this.waiting.set(id, { done, failed });
      this.worker.postMessage({ id, verb, request });
    });
  },

  // replace ends the worker with all that it has to do, and starts another.
  replace(why) {
    this.worker.terminate();
    for (const job of this.waiting.values()) job.failed(new Error(why));
    this.waiting.clear();
    this.start();
  },
};
