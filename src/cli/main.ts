import { commands } from "./command-table.ts";
import { createStyle, wantsColours } from "./output/style.ts";
import { reportFailure, runProgram } from "./program.ts";
import { processTerminal } from "./terminal.ts";

const terminal = processTerminal();
// A command ends when it says so, also while it waits for something that does not keep a process alive.
const alive = setInterval(() => undefined, 3_600_000);
const words = process.argv.slice(2);
try {
  process.exitCode = await runProgram(commands, words.length === 0 ? ["--help"] : words, terminal);
} catch (error) {
  const style = createStyle(wantsColours(terminal.errors, terminal.environment));
  process.exitCode = reportFailure(error, terminal, style.bad);
} finally {
  clearInterval(alive);
}
