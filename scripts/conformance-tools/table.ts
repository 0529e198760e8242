import type { Mark } from "./judge.ts";

/** The marks as a table of fixed columns. */
export function renderMarks(marks: readonly Mark[]): string {
  const rows = marks.map(({ profile, level, passed, failed, skipped }) => [
    profile,
    level,
    ...[passed, failed, skipped].map(String),
  ]);
  const all = [["profile", "level", "passed", "failed", "skipped"], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length))) ?? [];
  return all
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((row) => `${row.trimEnd()}\n`)
    .join("");
}
