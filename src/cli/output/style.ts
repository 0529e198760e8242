import type { Environment } from "../../config/places.ts";
import { plainStyler, type Styler } from "../../explain/styler.ts";
import { terminalStyler } from "../../explain/terminal-styler.ts";
import type { TextStream } from "../terminal.ts";

/** What colours are used for; each is the identity where colours are not wanted. */
export type Style = Styler;

/** On a terminal only, and not with NO_COLOR (https://no-color.org); FORCE_COLOR overrides both, as in Node itself. */
export function wantsColours(stream: TextStream, environment: Environment): boolean {
  const { NO_COLOR: no, FORCE_COLOR: force, TERM: term } = environment;
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  if (no !== undefined && no !== "") return false;
  return stream.isTerminal && term !== "dumb";
}

export function createStyle(colours: boolean): Style {
  return colours ? terminalStyler : plainStyler;
}
