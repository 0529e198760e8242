import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The folders of the XDG Base Directory Specification as far as Weir uses them. */
export interface Places {
  /** What a restart needs: the store, the token, the socket. */
  readonly state: string;
  /** What outlives the state: the development certificate authority, which people have told their browsers to trust. */
  readonly data: string;
  readonly configuration: string;
  readonly cache: string;
  readonly home: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export function findPlaces(environment: Environment): Places {
  const home = absolute(environment.HOME) ?? homedir();
  return {
    home,
    state: join(absolute(environment.XDG_STATE_HOME) ?? join(home, ".local/state"), "weir"),
    data: join(absolute(environment.XDG_DATA_HOME) ?? join(home, ".local/share"), "weir"),
    configuration: join(absolute(environment.XDG_CONFIG_HOME) ?? join(home, ".config"), "weir"),
    cache: join(absolute(environment.XDG_CACHE_HOME) ?? join(home, ".cache"), "weir"),
  };
}

/** "All paths must be absolute. If an implementation encounters a relative path it should ignore it." (XDG Base Directory Specification) */
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith("/") === true ? path : undefined;
}

/** An absolute path for one that a person wrote. */
export function expandPath(written: string, home: string, workingDirectory: string): string {
  if (written === "~") return home;
  return written.startsWith("~/") ? join(home, written.slice(2)) : resolve(workingDirectory, written);
}
