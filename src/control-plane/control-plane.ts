import { setImmediate } from "node:timers/promises";
import type { Configuration } from "../config/configuration.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { LocatePosition } from "../model/provenance.ts";
import { describeRef, type Json, type ObjectRef } from "../model/source-object.ts";
import { createXdsServer, type XdsServer } from "../serve/xds-server.ts";
import type { Source } from "../sources/source.ts";
import type { Store } from "../sources/store/store.ts";
import { StatusPublisher } from "../status/publisher.ts";
import { StatusWriter } from "../status/writer.ts";
import { ChangeTiming } from "./change-timing.ts";
import { dialectOptions } from "./dialect-options.ts";
import type { AttachedEnvironment, Environment, OtherReplicas } from "./environment.ts";
import { BindRetry } from "./listening/bind-retry.ts";
import type { Log } from "./log.ts";
import { allDiagnostics, createPipeline, type Pipeline } from "./pipeline.ts";
import { proxyClassOf } from "./proxy-classes.ts";
import { RepeatedRefusals } from "./repeated-refusals.ts";

export interface ControlPlaneOptions {
  readonly configuration: Configuration;
  /** Closed together with the control plane. */
  readonly environment: Environment;
  readonly log: Log;
  /** Told how long the control plane worked on a change, in seconds. */
  readonly onChangeTime?: (seconds: number) => void;
}

/** A status is written when it has not changed for so long, and so often while it goes on changing: a Gateway's count of routes would otherwise be written with every route. */
const STATUS_GATHER_MS = 100;
const STATUS_LONGEST_GATHER_MS = 1_000;

/**
 * A running control plane: sources → pipeline → discovery service, and statuses back. The HTTP API is put on top by `serveApi`.
 * `start` resolves once every source has synced and proxies can connect.
 */
export class ControlPlane {
  readonly pipeline: Pipeline;
  readonly xds: XdsServer;
  readonly store: Store;
  readonly sources: readonly Source[];
  readonly log: Log;
  readonly configuration: Configuration;
  readonly startedAt = new Date();
  /** How long the control plane works on changes. */
  readonly timing: ChangeTiming;
  readonly #environment: Environment;
  readonly #attached: AttachedEnvironment;
  readonly #publisher: StatusPublisher;
  readonly #writer: StatusWriter;
  readonly #bindRetry: BindRetry;
  readonly #statusListeners = new Set<(object: ObjectRef) => void>();
  #unfollow: (() => void) | undefined;
  #closed = false;

  constructor(options: ControlPlaneOptions) {
    const { configuration, environment, log } = options;
    this.timing = new ChangeTiming(
      (seconds) => options.onChangeTime?.(seconds),
      () => this.xds.proxies.workMs,
    );
    this.configuration = configuration;
    this.log = log;
    this.#environment = environment;
    this.store = environment.store;
    this.sources = environment.sources;
    this.pipeline = createPipeline({
      sourceOrder: this.sources.map((source) => source.id),
      dialects: dialectOptions(configuration, environment.proxyClasses),
      encode: environment.encode,
      now: () => new Date(),
      onError: (collection, key, error) =>
        log.error("a defect of Weir: a derivation failed", { collection, key, error: String(error) }),
    });
    this.xds = createXdsServer({
      plans: this.pipeline.encoded.planSource,
      listen: environment.listen,
      authenticator: environment.authenticator,
      limits: { holdMs: configuration.releaseAfterMs },
    });
    this.#attached = environment.attach({
      configuration,
      pipeline: this.pipeline,
      xds: this.xds,
      log,
      diagnostics: () => allDiagnostics(this.pipeline),
      proxiesChanged: (proxyClass) => this.#publisher.proxiesChanged(proxyClass),
      addressesChanged: (gateway) => this.#publisher.addressesChanged(gateway),
      statusRemembered: (object) => this.#statusRemembered(object),
    });
    this.#writer = new StatusWriter({
      target: this.#attached.statusTarget,
      gatherMs: STATUS_GATHER_MS,
      longestGatherMs: STATUS_LONGEST_GATHER_MS,
      clock: () => performance.now(),
      ...environment.statuses,
      now: () => new Date(),
      setTimer: (run, ms) => setTimeout(run, ms),
      yieldToOthers: () => setImmediate(),
      onError: (object, error) =>
        log.warn("a status could not be written", { object: describeRef(object), error: String(error) }),
    });
    this.#bindRetry = new BindRetry({
      problems: this.pipeline.listening,
      after: (ms, task) => {
        const timer = setTimeout(task, ms);
        return () => clearTimeout(timer);
      },
      log,
    });
    this.#publisher = new StatusPublisher({
      reports: this.pipeline.status,
      writer: this.#writer,
      proxyClassOf: proxyClassOf(environment.proxyClasses),
      stateOf: this.#attached.stateOf,
      addressesOf: this.#attached.addressesOf,
    });
  }

  /** The status of an object that neither the store nor an API server keeps. */
  rememberedStatus(object: ObjectRef): Json | undefined {
    return this.#attached.rememberedStatus(object);
  }

  /** Undefined where this one is the only replica there can be. */
  get replicas(): OtherReplicas | undefined {
    return this.#attached.replicas;
  }

  /** Finds the lines of a provenance in whatever source has text. */
  readonly locate: LocatePosition = (provenance) => {
    for (const source of this.sources) {
      const position = source.locate(provenance);
      if (position !== undefined) return position;
    }
    return undefined;
  };

  /** Resolves once everything runs; where it is closed first, as soon as nothing is waited for any more. */
  async start(): Promise<void> {
    this.#watchProxies();
    await this.xds.start();
    for (const source of this.sources) {
      await source.start((batch) => {
        this.timing.apply(() => this.pipeline.intake.apply(source.id, batch));
        for (const list of batch.diagnostics.values()) for (const diagnostic of list) this.#logDiagnostic(diagnostic);
      });
      if (this.#closed) return;
    }
    this.pipeline.encoded.planSource.subscribe((changes) => {
      const classes = new Set(changes.map(({ proxyClass }) => proxyClass));
      const affected = this.xds.proxies.list().filter(({ proxyClass }) => classes.has(proxyClass));
      this.timing.planChanged(affected.map(({ connection }) => connection));
    });
    this.#unfollow = this.#environment.leadership.follow({
      gained: () => this.#publisher.start(),
      lost: () => this.#publisher.stop(),
    });
    this.pipeline.encoded.planSource.release();
    this.#attached.started();
  }

  /** Calls `listener` whenever the status of an object that no store holds has changed. */
  onRememberedStatus(listener: (object: ObjectRef) => void): () => void {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  }

  #statusRemembered(object: ObjectRef): void {
    for (const listener of this.#statusListeners) listener(object);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unfollow?.();
    this.#bindRetry.close();
    await Promise.all(this.sources.map((source) => source.close()));
    await this.#writer.flush();
    this.#publisher.stop();
    await this.#attached.stopping();
    await this.xds.close();
    await this.#environment.close();
  }

  #watchProxies(): void {
    const { log } = this;
    const repeated = new RepeatedRefusals();
    this.xds.proxies.subscribe(repeated);
    this.xds.proxies.subscribe(this.#bindRetry);
    this.xds.proxies.subscribe({
      connected: ({ nodeId, proxyClass }) => {
        log.info("proxy connected", { node: nodeId, class: proxyClass });
        this.#publisher.proxiesChanged(proxyClass);
      },
      disconnected: ({ nodeId, proxyClass, connection }) => {
        this.timing.settled(connection);
        log.info("proxy disconnected", { node: nodeId });
        this.#publisher.proxiesChanged(proxyClass);
      },
      settled: ({ proxyClass, connection }) => {
        this.#publisher.proxiesChanged(proxyClass);
        this.timing.settled(connection);
      },
      refused: (proxy, refusal) => {
        const { nodeId, proxyClass } = proxy;
        const { type, message, culprits } = refusal;
        log[repeated.isRepeated(proxy, refusal) ? "debug" : "error"](
          "WR0502 a proxy refused a resource; it keeps what it had",
          {
            node: nodeId,
            type,
            message,
            resources: culprits.map(({ resource, host }) => (host === undefined ? resource : `${resource} ${host}`)),
          },
        );
        this.#publisher.proxiesChanged(proxyClass);
      },
      forcedRelease: ({ nodeId }, { resource, host, missing }) =>
        log.warn("WR0503 sent without what it requires, which was not acknowledged in time", {
          node: nodeId,
          resource,
          host,
          missing,
        }),
    });
  }

  #logDiagnostic(diagnostic: Diagnostic): void {
    const { code, severity, message, object, hint } = diagnostic;
    const position = diagnostic.position ?? this.#position(diagnostic);
    const where = position === undefined ? {} : { at: `${position.file}:${position.line}:${position.column}` };
    const fields = {
      ...where,
      ...(object === undefined ? {} : { object: describeRef(object) }),
      ...(hint === undefined ? {} : { hint }),
    };
    this.log[severity === "warning" ? "warn" : severity](`${code} ${message}`, fields);
  }

  #position({ source, object, path }: Diagnostic): ReturnType<LocatePosition> {
    return source === undefined || object === undefined ? undefined : this.locate({ source, object, path });
  }
}
