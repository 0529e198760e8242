import type { Configuration } from "../../config/configuration.ts";
import { jsonLog, type Log, type LogLevel, textLog } from "../../control-plane/log.ts";
import { createStyle, type Style, wantsColours } from "../output/style.ts";
import type { Terminal } from "../terminal.ts";

/** The log of a running control plane, on standard error: text for a terminal, JSON for everything else, unless told otherwise. */
export function openLog({ log: { level, format } }: Configuration, terminal: Terminal): Log {
  const { errors, environment, now } = terminal;
  if (format === "json" || (format === "auto" && !errors.isTerminal)) {
    return jsonLog(level, { write: (line: string) => errors.write(line) });
  }
  const style = createStyle(wantsColours(errors, environment));
  return textLog(level, (line, lineLevel) => {
    const time = now().toTimeString().slice(0, 8);
    errors.write(`${style.faint(time)} ${paint(lineLevel, style)} ${line}\n`);
  });
}

function paint(level: LogLevel, style: Style): string {
  const padded = level.padEnd(5);
  if (level === "error") return style.bad(padded);
  return level === "warn" ? style.warning(padded) : style.faint(padded);
}
