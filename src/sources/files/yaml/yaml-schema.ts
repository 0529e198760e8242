import { type Document, LineCounter, parseAllDocuments, type ScalarTag, type Tags } from "yaml";

/**
 * Plain values are read as kubectl reads them (YAML 1.1 in the dialect of sigs.k8s.io/yaml), so that a file means the same on a laptop
 * and in a cluster: yes, no, on and off are true and false, 0777 is octal, 1_000 is a thousand, and dates stay text.
 */
const wordFlag: ScalarTag = {
  tag: "tag:yaml.org,2002:bool",
  default: true,
  test: /^(?:[yY]|yes|Yes|YES|on|On|ON|[nN]|no|No|NO|off|Off|OFF)$/,
  resolve: (text) => /^(?:[yY]|on)/i.test(text),
};

const writtenNumber: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[1-9][0-9]*_[0-9_]*)$/,
  resolve: (text) => {
    const digits = text.replaceAll("_", "").replace(/^[-+]/, "");
    const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
    return text.startsWith("-") ? -value : value;
  },
};

const customTags = (tags: Tags): Tags => [wordFlag, writtenNumber, ...tags];

export interface YamlText {
  readonly documents: readonly Document.Parsed[];
  readonly lines: LineCounter;
}

/** Parses without throwing; errors are in the documents. Snippets of the text are kept out of the messages: they can hold secrets. */
export function parseYaml(text: string): YamlText {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "silent",
    schema: "core",
    merge: true,
    customTags,
    uniqueKeys: true,
  });
  return { documents: [...parsed], lines };
}
