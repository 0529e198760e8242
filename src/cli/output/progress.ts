import type { TextStream } from "../terminal.ts";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/** Tells that something takes a while: one moving line on a terminal, a plain line for each step elsewhere. */
export interface Progress {
  /** What is being done now. */
  step(text: string): void;
  /** Takes the moving line away. */
  end(): void;
}

export function createProgress(stream: TextStream): Progress {
  let shown = "";
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    const line = `${frames[frame++ % frames.length]} ${shown}`;
    stream.write(`\r\u001b[2K${line.slice(0, (stream.columns ?? 80) - 1)}`);
  };
  return {
    step(text) {
      if (text === shown) return;
      shown = text;
      if (!stream.isTerminal) {
        stream.write(`${text}\n`);
        return;
      }
      draw();
      timer ??= setInterval(draw, 100).unref();
    },
    end() {
      clearInterval(timer);
      timer = undefined;
      if (stream.isTerminal && shown !== "") stream.write("\r\u001b[2K");
      shown = "";
    },
  };
}
