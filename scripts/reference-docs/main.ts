import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { formatted } from "./format.ts";
import { referencePages } from "./pages.ts";

for (const { path, render } of referencePages) {
  writeFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), formatted(path, render()));
}
