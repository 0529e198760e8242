/** Data as a program reads it, ending with a line break. What YAML 1.1 takes for something else than text, as kubectl does with `Off`, is quoted. */
export async function renderData(format: "json" | "yaml", value: unknown): Promise<string> {
  if (format === "json") return `${JSON.stringify(value, null, 2)}\n`;
  const { stringify } = await import("yaml");
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" });
}
