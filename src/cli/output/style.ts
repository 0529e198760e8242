import { styleText } from "node:util";
import type { Environment } from "../../config/places.ts";
import type { TextStream } from "../terminal.ts";

type Paint = (text: string) => string;

/** What colours are used for; each is the identity where colours are not wanted. */
export interface Style {
  readonly strong: Paint;
  readonly faint: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warning: Paint;
  readonly name: Paint;
}

/** On a terminal only, and not with NO_COLOR (https://no-color.org); FORCE_COLOR overrides both, as in Node itself. */
export function wantsColours(stream: TextStream, environment: Environment): boolean {
  const { NO_COLOR: no, FORCE_COLOR: force, TERM: term } = environment;
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  if (no !== undefined && no !== "") return false;
  return stream.isTerminal && term !== "dumb";
}

export function createStyle(colours: boolean): Style {
  const paint =
    (format: "bold" | "dim" | "green" | "red" | "yellow" | "cyan"): Paint =>
    (text) =>
      colours ? styleText(format, text, { validateStream: false }) : text;
  return {
    strong: paint("bold"),
    faint: paint("dim"),
    good: paint("green"),
    bad: paint("red"),
    warning: paint("yellow"),
    name: paint("cyan"),
  };
}
