import { existsSync } from "node:fs";
import { definitionOf } from "../admission/kinds.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Leadership } from "../kubernetes/leader-election.ts";
import { type GroupKind, objectKey } from "../model/source-object.ts";
import { localAuthenticator } from "../serve/authentication.ts";
import { FileSource } from "../sources/files/file-source.ts";
import type { Source } from "../sources/source.ts";
import { openSqliteStore, type SqliteStore } from "../sources/store/sqlite/sqlite-store.ts";
import { StoreSource } from "../sources/store/store-source.ts";
import { localEncodeOptions } from "../xds/local-options.ts";
import { defaultEncodeOptions } from "../xds/options.ts";
import type { Environment } from "./environment.ts";
import type { Log } from "./log.ts";
import { classState, SHARED_CLASS } from "./proxy-classes.ts";
import { LocalStatusTarget } from "./status-target.ts";

export interface LocalEnvironmentOptions {
  readonly configuration: Configuration;
  readonly log: Log;
  /** Sources beside the files and the store, which come after them in precedence. */
  readonly extraSources: readonly Source[];
}

/** One machine: files and a SQLite store, proxies that connect over a Unix socket, statuses in the store or in memory. Throws `StoreError`. */
export function localEnvironment({ configuration, log, extraSources }: LocalEnvironmentOptions): Environment {
  const { proxyClasses, xdsSocket } = configuration;
  const store = openSqliteStore({ path: configuration.sources.store });
  return {
    proxyClasses,
    sources: [...configuredSources(configuration, store, log), ...extraSources],
    encode: {
      ...defaultEncodeOptions,
      ...localEncodeOptions({ platform: process.platform, exists: existsSync }),
      knownClasses: proxyClasses === "shared" ? [SHARED_CLASS] : [],
    },
    listen: { kind: "unix", path: xdsSocket },
    authenticator: localAuthenticator,
    store,
    leadership: onlyReplica(),
    statuses: { writesAtOnce: 1, retryMs: undefined },
    attach: ({ pipeline, xds, statusRemembered }) => {
      const isStored = (object: Parameters<typeof objectKey>[0]): boolean =>
        pipeline.intake.objects(object).get(objectKey(object))?.source === "store";
      const statusTarget = new LocalStatusTarget(store, isStored, statusRemembered);
      return {
        replicas: undefined,
        statusTarget,
        rememberedStatus: (object) => statusTarget.remembered(object),
        stateOf: (proxyClass) => classState(xds.proxies, proxyClass),
        addressesOf: () => undefined,
        started: () => undefined,
        stopping: () => Promise.resolve(),
      };
    },
    close: () => store.close(),
  };
}

/** A process that has nobody to share its work with leads from the start. */
function onlyReplica(): Leadership {
  const { signal } = new AbortController();
  return {
    term: () => signal,
    follow: (listener) => {
      listener.gained(signal);
      return () => undefined;
    },
  };
}

function configuredSources(configuration: Configuration, store: SqliteStore, log: Log): Source[] {
  const { order, files } = configuration.sources;
  const onError = (error: unknown) => log.error("the file source failed", { error: String(error) });
  return order.map((kind) =>
    kind === "store" ? new StoreSource(store) : new FileSource({ paths: files, isClusterScoped, onError }),
  );
}

function isClusterScoped({ group, kind }: GroupKind): boolean {
  return definitionOf(group, kind)?.namespaced === false;
}
