import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTimeOf } from "../../scripts/cluster-tools/processes.ts";
import { type CommandEnd, type CommandRun, runCommand } from "../../scripts/test-layers/run-command.ts";

const minute = 60_000;

function run(script: string, options: Partial<CommandRun> = {}): Promise<CommandEnd> {
  return runCommand(["sh", "-c", script], {
    environment: process.env,
    limitMs: minute,
    interrupt: new AbortController().signal,
    onLine: () => undefined,
    ...options,
  });
}

describe("a command of the test run", () => {
  it("tells its lines and how it ended", async () => {
    const lines: string[] = [];
    const onLine: CommandRun["onLine"] = (line, stream) => void lines.push(`${stream}: ${line}`);
    assert.deepEqual(await run("echo out; echo err >&2; exit 3", { onLine }), { kind: "exited", code: 3 });
    assert.deepEqual(lines.sort(), ["errors: err", "output: out"]);
  });

  it("is ended when its time is over", async () => {
    const end = await run("exec sleep 600", { limitMs: 1 });
    assert.equal(end.kind, "stopped");
    assert.match(end.kind === "stopped" ? end.why : "", /^not done after/);
  });

  it("is not started after an interruption", async () => {
    const lines: string[] = [];
    const end = await run("echo started", { interrupt: AbortSignal.abort(), onLine: (line) => void lines.push(line) });
    assert.deepEqual([end, lines], [{ kind: "stopped", why: "interrupted" }, []]);
  });

  const skip = process.platform === "linux" ? false : "only Linux tells the environments of processes";
  it("takes with it what it started, in sessions of their own too", { skip }, async () => {
    const interruption = new AbortController();
    const started: number[] = [];
    const end = await run('setsid sh -c "echo \\$\\$; exec sleep 600" & echo $$; exec sleep 600', {
      interrupt: interruption.signal,
      onLine: (line) => {
        started.push(Number(line));
        if (started.length === 2) interruption.abort();
      },
    });
    assert.deepEqual(end, { kind: "stopped", why: "interrupted" });
    assert.equal(started.length, 2);
    assert.deepEqual(await Promise.all(started.map(startTimeOf)), [undefined, undefined]);
  });
});
