import { EnvoySupervisor } from "../supervise.ts";

/** A process that supervises an Envoy as its argument says, prints the number of it, and waits to be killed. */
const supervisor = new EnvoySupervisor(JSON.parse(process.argv[2] ?? ""));
await supervisor.start();
process.stdout.write(`${supervisor.pid}\n`);
setInterval(() => undefined, 60_000);
