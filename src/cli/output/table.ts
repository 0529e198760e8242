import { stripVTControlCharacters } from "node:util";

const gap = "   ";

/** Columns under upper-case titles, as wide as needed, in the manner of kubectl. Cells may be coloured. Ends with a line break. */
export function renderTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles.map((title) => title.toUpperCase()), ...rows];
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ""))));
  return lines.map((line) => `${renderLine(line, widths)}\n`).join("");
}

/** `name:  value` lines with the values under each other. */
export function renderFields(fields: readonly (readonly [string, string])[], indent = ""): string {
  const longest = Math.max(0, ...fields.map(([name]) => width(name)));
  return fields
    .map(([name, value]) => {
      const head = `${indent}${name}:`.padEnd(indent.length + longest + 3);
      return `${head}${value.replaceAll("\n", `\n${" ".repeat(head.length)}`)}`.trimEnd();
    })
    .map((line) => `${line}\n`)
    .join("");
}

function renderLine(cells: readonly string[], widths: readonly number[]): string {
  const padded = widths.map((wanted, column) => {
    const cell = cells[column] ?? "";
    return column === widths.length - 1 ? cell : cell + " ".repeat(wanted - width(cell));
  });
  return padded.join(gap).trimEnd();
}

/** In terminal columns, as long as nothing is written in double width. */
function width(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length;
}
