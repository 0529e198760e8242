import { type CodeDescription, diagnosticCodes } from "../../src/model/diagnostic-codes.ts";
import { code, generatedNote, table } from "./markdown.ts";

/** The groups of codes, by their first two digits. */
const groups: Readonly<Record<string, string>> = {
  WR01: "Texts and objects",
  WR02: "References between objects",
  WR03: "Routes and listeners",
  WR04: "Policies",
  WR05: "Serving",
  WR06: "Weir's own configuration",
  WR07: "Making proxies in a cluster",
};

/** docs/reference/diagnostics.md. Throws when a code belongs to no group that is described here. */
export function diagnosticsPage(): string {
  const entries: readonly (readonly [string, CodeDescription])[] = Object.entries(diagnosticCodes);
  const sections = [...Map.groupBy(entries, ([name]) => name.slice(0, 4))].map(([prefix, members]) => {
    const title = groups[prefix];
    if (title === undefined) throw new Error(`say in scripts/reference-docs/diagnostics.ts what ${prefix}xx is about`);
    const rows = members.map(([name, { severity, title, meaning }]) => [code(name), severity, title, meaning]);
    return `## ${title}\n\n${table(["code", "severity", "title", "meaning"], rows)}`;
  });
  return `${generatedNote}

# Diagnostics

What Weir tells about your input is data: a code, a severity, the object and the field, the line where there is one, a message and
advice. You meet diagnostics in ${code("weir validate")}, ${code("weir status")}, ${code("weir describe")}, in the log, and at
${code("/weir/v1/diagnostics")} of the API. Codes are stable.

An **error** means that something you wrote does not take effect; the rest is served. A **warning** means that it probably does not do
what you meant. A **note** tells of a rule that was applied because you said nothing.

${sections.join("\n\n")}
`;
}
