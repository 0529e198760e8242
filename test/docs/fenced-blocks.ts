/** A fenced block of a Markdown page: what stands behind the fence, and the text. */
export interface FencedBlock {
  readonly language: string;
  /** Further words behind the language: "run" for commands that are carried out, "output" for what they print. */
  readonly flags: readonly string[];
  readonly text: string;
  /** The line of the opening fence, counted from 1. */
  readonly line: number;
}

export function fencedBlocks(markdown: string): readonly FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let open:
    | { readonly head: readonly string[]; readonly indent: number; readonly line: number; lines: string[] }
    | undefined;
  for (const [index, line] of markdown.split("\n").entries()) {
    const [, indent = "", head] = /^( *)```(.*)$/.exec(line) ?? [];
    if (head === undefined) open?.lines.push(line.slice(open.indent));
    else if (open === undefined)
      open = { head: head.trim().split(/\s+/), indent: indent.length, line: index + 1, lines: [] };
    else {
      const [language = "", ...flags] = open.head;
      blocks.push({ language, flags, text: open.lines.join("\n"), line: open.line });
      open = undefined;
    }
  }
  return blocks;
}

/**
 * Whether a command printed what the page shows. In the page "…" stands for anything within a line, and a line of its own for any
 * number of lines.
 */
export function printsAsShown(printed: string, shown: string): boolean {
  const anyLines = "\u0000";
  const pattern = shown
    .trim()
    .split("\n")
    .map((line) => (line.trim() === "…" ? anyLines : `${literally(line.trimEnd()).replaceAll("…", ".*")}\n`))
    .join("")
    .replaceAll(anyLines, "(?:.*\n)*?");
  const text = `${printed.trim().replaceAll(/[ \t\r]+$/gm, "")}\n`;
  return new RegExp(`^${pattern}$`).test(text);
}

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
