export type EnvoyLogLevel = "trace" | "debug" | "info" | "warning" | "error" | "critical";

export interface EnvoyLogLine {
  readonly level: EnvoyLogLevel;
  /** When Envoy wrote it, in milliseconds since 1970; undefined for the lines of a message after its first. */
  readonly at: number | undefined;
  /** The part of Envoy that speaks, such as `config` or `upstream`. */
  readonly component: string;
  readonly text: string;
}

/** The `--log-format` that `EnvoyLogParser` reads: seconds and milliseconds, level, component, text. */
export const envoyLogFormat = "%E.%e\t%l\t%n\t%v";

const levels: Readonly<Record<string, EnvoyLogLevel>> = {
  trace: "trace",
  debug: "debug",
  info: "info",
  warning: "warning",
  warn: "warning",
  error: "error",
  critical: "critical",
};

/** Reads Envoy's log line by line. Lines in another form belong to the message before them, as in a stack trace. */
export class EnvoyLogParser {
  #level: EnvoyLogLevel = "error";
  #component = "main";

  parse(line: string): EnvoyLogLine {
    const [time = "", level = "", component, ...rest] = line.split("\t");
    const known = levels[level];
    if (known === undefined || component === undefined || !/^\d+\.\d{3}$/.test(time)) {
      return { level: this.#level, at: undefined, component: this.#component, text: line };
    }
    this.#level = known;
    this.#component = component;
    return { level: known, at: Math.round(Number(time) * 1000), component, text: rest.join("\t") };
  }
}

/**
 * The address that Envoy could not listen on and why, from what it says in its log or when it refuses a listener:
 * `cannot bind '127.0.0.1:80': Permission denied`.
 */
export function bindFailure(text: string): BindFailure | undefined {
  return bindFailures(text)[0];
}

export interface BindFailure {
  readonly address: string;
  readonly reason: string;
}

/** All of them, where several listeners were refused together. */
export function bindFailures(text: string): readonly BindFailure[] {
  return Array.from(text.matchAll(/cannot bind '([^']+)': ([A-Z][\w ]*)/g), ([, address = "", reason = ""]) => ({
    address,
    reason,
  }));
}

/** What to tell a person about an address Envoy could not listen on, and what happens once it is free. */
export function bindFailureAdvice(
  failure: BindFailure,
  then = "Weir tries again by itself.",
): {
  readonly message: string;
  readonly hint: string;
} {
  const port = failure.address.slice(failure.address.lastIndexOf(":") + 1);
  if (failure.reason === "Address already in use") {
    return {
      message: `${failure.address} is already in use by another program`,
      hint: `Find it with 'ss -ltunp sport = :${port}' (macOS: 'lsof -i :${port}'), stop it, or let Weir use another port. ${then}`,
    };
  }
  if (failure.reason === "Permission denied") {
    return {
      message: `this user may not listen on ${failure.address}`,
      hint: "Ports below 1024 need a privilege on this system; use a higher port, or allow it (Linux: 'sysctl net.ipv4.ip_unprivileged_port_start=80').",
    };
  }
  return {
    message: `Envoy cannot listen on ${failure.address}: ${failure.reason}`,
    hint: "Use an address of this machine.",
  };
}
