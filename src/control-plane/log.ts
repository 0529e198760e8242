import { type DestinationStream, pino } from "pino";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, unknown>>;

/** What the control plane says about itself. Fields never hold secrets: they are names, counts and messages. */
export interface Log {
  level: LogLevel;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A log of JSON lines: time, level, msg and fields. */
export function jsonLog(level: LogLevel, destination: DestinationStream): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const write =
    (method: "debug" | "info" | "warn" | "error") =>
    (message: string, fields: LogFields = {}) =>
      logger[method](fields, message);
  return {
    get level(): LogLevel {
      return asLevel(logger.level);
    },
    set level(wanted: LogLevel) {
      logger.level = wanted;
    },
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
}

const order: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

/** A log for people: one line each, level and message first, fields behind. */
export function textLog(level: LogLevel, write: (line: string, level: LogLevel) => void): Log {
  let current = level;
  const at =
    (own: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (order.indexOf(own) < order.indexOf(current)) return;
      const extra = Object.entries(fields).map(
        ([name, value]) => ` ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
      );
      write(`${message}${extra.join("")}`, own);
    };
  return {
    get level(): LogLevel {
      return current;
    },
    set level(wanted: LogLevel) {
      current = wanted;
    },
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}

export function isLogLevel(value: unknown): value is LogLevel {
  return order.some((level) => level === value);
}

function asLevel(level: string): LogLevel {
  return order.find((known) => known === level) ?? "info";
}
