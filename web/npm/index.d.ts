/** The content of a file. A string stands for its UTF-8. */
export type Content = Uint8Array | ArrayBuffer | string;

/** Files by name. Names are all that mpyld sees of a file system; they may have slashes in them. */
export type Files = Record<string, Content>;

export interface Request {
  /** All files that may be read, in the order in which they count. */
  files?: Files;
  /** Those that the verb is about. Default: all files that no option names. */
  operands?: string[];
}

/** Whom a module is for, as the options of the same names say it on a command line. */
export interface Target {
  /** A release ("1.24", "latest"), an ABI ("6.3") or "circuitpython". */
  target?: string;
  /** sys.implementation._mpy of a device. */
  device?: string | number;
  /** A chip or a board: "pico2", "ESP32_GENERIC_C3". */
  board?: string;
  floatAbi?: "hard" | "softfp" | "soft";
  /** An architecture ("armv7m"), a chip or a board. */
  arch?: string;
}

export interface Link extends Request, Target {
  /** The config header. */
  qstrs?: string;
  /** The module's name; default: that of the first object. */
  output?: string;
  /** Archives, by their names in files. */
  libs?: string[];
  archFlags?: string;
  /** What tracebacks call the module; default: its name. */
  sourceName?: string;
  externs?: string[];
  justSymbols?: string[];
  defsym?: string[];
  wrap?: string[];
  undefined?: string[];
  allowMultipleDefinition?: boolean;
  funTable?: string;
  noWritableText?: boolean;
  allowAbiMismatch?: boolean;
  gcSections?: boolean;
  /** Make the module smaller than mpy_ld.py would (-O), but not in these ways. */
  optimize?: boolean;
  noRelax?: string[];
  keepUnwind?: boolean;
  noVerify?: boolean;
  verbose?: 0 | 1 | 2;
  /** Names for what is to be made beside the module: the map as text, the map for programs, the companion for debuggers. */
  map?: string;
  mapJson?: string;
  debugElf?: string;
}

export interface Size extends Request {
  by?: "section" | "object" | "archive" | "symbol" | "segment" | "relaxation";
  tree?: boolean;
  format?: "table" | "json" | "csv" | "md";
  /** The name of an older module, or its map, to compare with. */
  diff?: string;
  /** A name that ends in .svg or .html: draw a picture. */
  treemap?: string;
}

/** Where something is, as far as that is known. */
export interface Coordinates {
  /** A source (of objects with debug information), script or config header. */
  file?: string;
  line?: number;
  column?: number;
  object?: string;
  section?: string;
  offset?: number;
}

/** An error or a warning: docs/JSON.md of mpyld describes the fields. */
export interface Diagnostic extends Coordinates {
  severity: "error" | "warning";
  /** The kind of error: a word that stays when the message changes. */
  code?: string;
  message: string;
  /** "a.o:(.text+0x1c)" or "a.o"; of the whole request, nothing. */
  where?: string;
  symbol?: string;
  /** What to do about it, or where else to look. */
  notes?: ({ message: string } & Coordinates)[];
}

export interface Answer {
  /** The command's exit status: 0 done, 1 it failed or the answer is no, 2 wrong options, 3 a mistake in mpyld. */
  status: 0 | 1 | 2 | 3;
  /** What the command prints. */
  text: string;
  /** Errors and warnings, as the command prints them. */
  messages: string;
  diagnostics: Diagnostic[];
  /** What the command writes. */
  files: Record<string, Uint8Array>;
}

/** What is wrong with what mpyld was given. The message is what the command prints. */
export class MpyldError extends Error {
  name: "MpyldError";
  status: 1 | 2 | 3;
  diagnostics: Diagnostic[];
}

/** The verbs. Each throws an MpyldError where the command prints an error; a no is an answer. */
export interface Mpyld {
  /** JSON: version, archs, boards, targets, groupings, relaxations. */
  about(): Answer;
  inspect(request: Request & { json?: boolean }): Answer;
  dump(request: Request & { hexdump?: boolean; json?: boolean; map?: string; debug?: string }): Answer;
  size(request: Size): Answer;
  verify(request: Request & Target & { funTable?: string }): Answer;
  check(request: Request & Target): Answer;
  diff(request: Request & { maps?: [string, string] }): Answer;
  merge(request: Request & { output: string; shareNames?: boolean }): Answer;
  preprocess(request: Request & Target & { output: string }): Answer;
  link(request: Link): Answer;
  /** Any verb, by name. It does not throw about what is wrong with the request. */
  ask(verb: string, request?: Request & Record<string, unknown>): Answer;
}

/** Loads mpyld: the module beside this file, or the one that is given (compiled, as bytes, a Response or a URL). */
export function load(source?: WebAssembly.Module | ArrayBuffer | Uint8Array | Response | URL | string): Promise<Mpyld>;
