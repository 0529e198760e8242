import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { JsonObject, ObjectRef } from "../../../model/source-object.ts";
import { EventFeed } from "../event-feed.ts";
import type {
  DeleteOutcome,
  Expectation,
  LeaseOutcome,
  ListOutcome,
  ListQuery,
  PutOutcome,
  Store,
  StoredObject,
  StoreEvent,
  WatchListener,
  WatchOutcome,
  WatchQuery,
  WriteConflict,
  WriteFenced,
  WriteOptions,
} from "../store.ts";
import { StoreError } from "../store-error.ts";
import { EventLog, keyOf, type Previous } from "./event-log.ts";
import { acquireLease, isCurrentToken, releaseLease } from "./leases.ts";
import { listSql } from "./list-query.ts";
import { integerOf, storedObjectOf, textOf } from "./rows.ts";
import { prepareDatabase } from "./schema.ts";
import { explainSqliteError } from "./sqlite-errors.ts";
import { prepareStatements, type Statements } from "./statements.ts";

export interface SqliteStoreOptions {
  /** The database file. It is made with mode 0600, a missing directory with mode 0700. */
  readonly path: string;
  /** Milliseconds since 1970, for leases. */
  readonly now?: () => number;
  /** How many past events are kept for watchers that come back and for reading the past. */
  readonly keepEvents?: number;
  /** How many bytes of past events are kept at most, give or take a sixteenth: a few large objects that change often must not fill the disk. */
  readonly keepBytes?: number;
  /** How often, in milliseconds, to look for writes of other processes; 0 for only when `refresh` is called. */
  readonly refreshEveryMs?: number;
}

/** Opens the store, making it if it is not there. Throws a `StoreError` where it cannot be opened. */
export function openSqliteStore(options: SqliteStoreOptions): SqliteStore {
  try {
    mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
    closeSync(openSync(options.path, "a", 0o600));
    chmodSync(options.path, 0o600);
  } catch (error) {
    throw new StoreError("failed", `the store ${options.path} cannot be opened (${String(error)})`, error);
  }
  try {
    return new SqliteStore(options);
  } catch (error) {
    throw explainSqliteError(error, options.path);
  }
}

/**
 * The store in one SQLite file. Every call does its work before it returns; the promises are the port's, for drivers that must
 * wait. A commit is one sync of the write-ahead log.
 */
export class SqliteStore implements Store {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #log: EventLog;
  readonly #feed: EventFeed;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout | undefined;
  /** The last event handed to the feed, and the last one the feed has begun to deliver. */
  #published: number;
  #dispatched: number;
  #dataVersion: number;

  constructor(options: SqliteStoreOptions) {
    this.#path = options.path;
    this.#now = options.now ?? Date.now;
    this.#database = new DatabaseSync(options.path, { timeout: 5000 });
    try {
      prepareDatabase(this.#database, options.path);
      this.#statements = prepareStatements(this.#database);
      this.#log = new EventLog(this.#statements, {
        keepEvents: options.keepEvents ?? 10_000,
        keepBytes: options.keepBytes ?? 256 * 1024 * 1024,
      });
      this.#dataVersion = this.#readDataVersion();
      this.#published = this.#log.head();
    } catch (error) {
      this.#database.close();
      throw error;
    }
    this.#dispatched = this.#published;
    this.#feed = new EventFeed((event) => {
      this.#dispatched = Number(event.cursor);
    });
    const every = options.refreshEveryMs ?? 100;
    this.#timer = every === 0 ? undefined : setInterval(() => this.#tryRefresh(), every).unref();
  }

  async get(ref: ObjectRef): Promise<StoredObject | undefined> {
    return this.#guarded(() => {
      const row = this.#statements.get.get(...keyOf(ref));
      return row && storedObjectOf(row);
    });
  }

  async list(query: ListQuery): Promise<ListOutcome> {
    return this.#guarded(() =>
      this.#reading((): ListOutcome => {
        const head = this.#log.head();
        const at = query.at === undefined ? head : this.#log.position(query.at, head);
        if (at === undefined) return { kind: "expired" };
        const { sql, parameters } = listSql(query, at, head);
        const rows = this.#database.prepare(sql).all(...parameters);
        const isCut = query.limit !== undefined && rows.length > query.limit;
        const objects = (isCut ? rows.slice(0, query.limit) : rows).map(storedObjectOf);
        const last = objects.at(-1)?.ref;
        const next = isCut && last ? { namespace: last.namespace, name: last.name, scope: last.scope } : undefined;
        return { kind: "listed", objects, cursor: String(at), next };
      }),
    );
  }

  async listAll(): Promise<{ objects: readonly StoredObject[]; cursor: string }> {
    return this.#guarded(() =>
      this.#reading(() => ({
        objects: this.#statements.all.all().map(storedObjectOf),
        cursor: String(this.#log.head()),
      })),
    );
  }

  async put(ref: ObjectRef, body: JsonObject, options: WriteOptions): Promise<PutOutcome> {
    return this.#guarded(() => {
      const text = JSON.stringify(body);
      const outcome = this.#writing(options, ref, (previous): StoreEvent => {
        const cursor = this.#log.append(ref, text, previous);
        if (previous === undefined) this.#statements.insert.run(...keyOf(ref), cursor, text);
        else this.#statements.update.run(cursor, text, ...keyOf(ref));
        const revision = String(cursor);
        return { cursor: revision, ref, object: { ref, body, revision }, previous: previous?.object };
      });
      if (!("cursor" in outcome)) return outcome;
      this.#publish(outcome);
      return { kind: "stored", object: { ref, body, revision: outcome.cursor } };
    });
  }

  async delete(ref: ObjectRef, options: WriteOptions): Promise<DeleteOutcome> {
    return this.#guarded((): DeleteOutcome => {
      const present = options.expect.kind === "anything" ? ({ kind: "present" } as const) : options.expect;
      const outcome = this.#writing({ ...options, expect: present }, ref, (previous): StoreEvent => {
        const cursor = this.#log.append(ref, null, previous);
        this.#statements.remove.run(...keyOf(ref));
        return { cursor: String(cursor), ref, object: undefined, previous: previous?.object };
      });
      if ("cursor" in outcome) {
        this.#publish(outcome);
        return outcome.previous === undefined
          ? { kind: "absent" }
          : { kind: "deleted", object: outcome.previous, cursor: outcome.cursor };
      }
      return outcome.kind === "conflict" && outcome.current === undefined ? { kind: "absent" } : outcome;
    });
  }

  async watch(query: WatchQuery, listener: WatchListener): Promise<WatchOutcome> {
    return this.#guarded((): WatchOutcome => {
      this.refresh();
      const after = this.#log.position(query.after, this.#log.head());
      if (after === undefined) return { kind: "expired" };
      const past = this.#log.between(after, this.#dispatched, query.kind);
      return { kind: "watching", stop: this.#feed.add(query.kind, listener, past) };
    });
  }

  async acquireLease(name: string, holder: string, durationMs: number): Promise<LeaseOutcome> {
    return this.#guarded(() =>
      this.#transaction(() => acquireLease(this.#statements, { name, holder, now: this.#now(), durationMs })),
    );
  }

  async releaseLease(name: string, holder: string): Promise<void> {
    this.#guarded(() => this.#transaction(() => releaseLease(this.#statements, name, holder)));
  }

  /** Delivers what other processes have written since the last look. One counter in shared memory is read when there is nothing. */
  refresh(): void {
    if (!this.#database.isOpen) return;
    const dataVersion = this.#readDataVersion();
    if (dataVersion === this.#dataVersion) return;
    this.#publishUpTo(this.#log.head());
    this.#dataVersion = dataVersion;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#feed.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #writing(
    options: WriteOptions,
    ref: ObjectRef,
    write: (previous: Previous | undefined) => StoreEvent,
  ): StoreEvent | WriteConflict | WriteFenced {
    return this.#transaction(() => {
      const { fence } = options;
      if (fence && !isCurrentToken(this.#statements, fence.lease, fence.token)) return { kind: "fenced" };
      const row = this.#statements.get.get(...keyOf(ref));
      const current = row && { object: storedObjectOf(row), text: textOf(row, "body") };
      if (!isExpected(options.expect, current?.object)) return { kind: "conflict", current: current?.object };
      return write(current);
    });
  }

  /** A look that fails is made up for by the next one; whoever reads or writes in between is told what is wrong. */
  #tryRefresh(): void {
    try {
      this.refresh();
    } catch {
      // Said by the next call that has somebody to say it to.
    }
  }

  #publish(event: StoreEvent): void {
    const cursor = Number(event.cursor);
    if (cursor !== this.#published + 1) this.#publishUpTo(cursor - 1);
    this.#published = cursor;
    this.#feed.publish([event]);
  }

  #publishUpTo(last: number): void {
    if (last <= this.#published) return;
    const events = this.#log.between(this.#published, last);
    const isGap = events.length < last - this.#published;
    this.#published = last;
    if (isGap) {
      this.#dispatched = last;
      this.#feed.expire();
    } else {
      this.#feed.publish(events);
    }
  }

  #readDataVersion(): number {
    const row = this.#statements.dataVersion.get();
    return row ? integerOf(row, "data_version") : 0;
  }

  #reading<R>(read: () => R): R {
    return this.#between(this.#statements.beginRead, read);
  }

  #transaction<R>(write: () => R): R {
    return this.#between(this.#statements.begin, write);
  }

  #between<R>(begin: Statements["begin"], work: () => R): R {
    begin.run();
    try {
      const result = work();
      this.#statements.commit.run();
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#statements.rollback.run();
      throw error;
    }
  }

  #guarded<R>(work: () => R): R {
    if (!this.#database.isOpen) throw new StoreError("closed", `the store ${this.#path} is closed`);
    try {
      return work();
    } catch (error) {
      throw explainSqliteError(error, this.#path);
    }
  }
}

function isExpected(expect: Expectation, current: StoredObject | undefined): boolean {
  switch (expect.kind) {
    case "anything":
      return true;
    case "absent":
      return current === undefined;
    case "present":
      return current !== undefined;
    case "revision":
      return current?.revision === expect.revision;
  }
}
