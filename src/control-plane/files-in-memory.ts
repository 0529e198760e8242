import type { FileSystem } from "../sources/files/file-system.ts";

/** A file as a person has it: by its absolute path, so that it is known again if it is one that Weir follows. */
export interface FileText {
  readonly name: string;
  readonly text: string;
}

/** A file system that holds just these, for reading text that came over the network. */
export function filesInMemory(texts: readonly FileText[]): FileSystem {
  const contents = new Map(texts.map(({ name, text }) => [name, Buffer.from(text)]));
  return {
    status: async (path) => {
      const content = contents.get(path);
      if (content === undefined) return undefined;
      return { kind: "file", size: content.length, identity: path, version: "1", modifiedAt: 0 };
    },
    names: async () => [],
    read: async (file) => contents.get(file) ?? Buffer.alloc(0),
    watch: () => undefined,
  };
}
