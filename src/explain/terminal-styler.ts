import { styleText } from "node:util";
import type { Styler } from "./styler.ts";

/** Colours for a terminal; whether they are wanted is for the caller to say. */
export const terminalStyler: Styler = {
  strong: (text) => styleText("bold", text, { validateStream: false }),
  faint: (text) => styleText("dim", text, { validateStream: false }),
  good: (text) => styleText("green", text, { validateStream: false }),
  bad: (text) => styleText("red", text, { validateStream: false }),
  warning: (text) => styleText("yellow", text, { validateStream: false }),
  name: (text) => styleText("cyan", text, { validateStream: false }),
};
