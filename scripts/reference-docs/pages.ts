import { cliPage } from "./cli.ts";
import { configurationPage } from "./configuration.ts";
import { diagnosticsPage } from "./diagnostics.ts";
import { resourcesPage } from "./resources.ts";

/** The pages that are made from tables in the code, by path from the root of the repository. */
export const referencePages: readonly { readonly path: string; readonly render: () => string }[] = [
  { path: "docs/reference/cli.md", render: cliPage },
  { path: "docs/reference/configuration.md", render: configurationPage },
  { path: "docs/reference/diagnostics.md", render: diagnosticsPage },
  { path: "docs/reference/resources.md", render: resourcesPage },
];
