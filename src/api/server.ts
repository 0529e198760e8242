import { randomBytes, randomUUID } from "node:crypto";
import { type FastifyInstance, fastify } from "fastify";
import { forbidden, unknownPath } from "./api-error.ts";
import { prepareAccess, writeKubeconfig } from "./auth/access-files.ts";
import { authenticateTokens } from "./auth/authenticate.ts";
import { type Identity, mayReadPath } from "./auth/identity.ts";
import { builtInObjects } from "./built-in-objects.ts";
import { answerForError } from "./error-answer.ts";
import { bracketed, isKnownHost, isLoopback, knownHosts } from "./host-check.ts";
import { type Listener, openListener } from "./listener.ts";
import { ensureLocalTls } from "./local-tls.ts";
import { measureRequests } from "./request-metrics.ts";
import { ObjectView } from "./resources/object-view.ts";
import type { ResourceRoom } from "./resources/request.ts";
import { registerDiscoveryRoutes } from "./routes/discovery-routes.ts";
import { openPaths, registerHealthRoutes, registerMetricsRoute } from "./routes/health-routes.ts";
import { registerResourceRoutes } from "./routes/resource-routes.ts";
import { sendJson } from "./send.ts";
import { groupKindOf, serveKinds } from "./served-kinds.ts";
import { type ApiServerOptions, ApiStartError, type TlsOptions } from "./server-options.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who sends the request; null only on the paths that need no token. */
    identity: Identity | null;
  }
}

export interface ApiServer {
  /** `http://127.0.0.1:9347` on loopback, where TLS is left to the client; https everywhere else. */
  readonly url: string;
  /** The same, always with TLS: kubectl sends no token without. */
  readonly secureUrl: string;
  /** The administrator's token; also in the state directory, with mode 0600. */
  readonly token: string;
  /** The path of a kubeconfig for this server. */
  readonly kubeconfig: string;
  /** Ends all watches and connections; resolves when the last one is closed. */
  close(): Promise<void>;
}

/** The limit of the Kubernetes API server for a request's body. */
const BODY_LIMIT = 3 * 1024 * 1024;

const RENEWAL_CHECK_MS = 12 * 3600 * 1000;

/** Starts the HTTP API. Rejects with an `ApiStartError` or a `TokenFileError` where it cannot or must not be started. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  if (!isLoopback(options.address) && options.tls === undefined) {
    throw new ApiStartError(
      `the API does not listen on ${options.address} without TLS, because tokens and Secrets would travel in the clear: give it a certificate and key, or listen on 127.0.0.1`,
    );
  }
  const onError = options.onError ?? (() => {});
  const access = prepareAccess(options.accessDirectory, options.definitions, onError);
  const now = options.now ?? (() => new Date());
  const kinds = serveKinds(options.definitions);
  const view = await ObjectView.open({
    store: options.store,
    overlay: options.overlay,
    kinds: options.definitions.map(groupKindOf),
    storeSource: options.storeSource ?? "store",
    builtIn: builtInObjects(options.definitions),
    now: now().getTime(),
    onError,
  });
  const room: ResourceRoom = {
    store: options.store,
    view,
    overlay: options.overlay,
    now,
    newUid: options.newUid ?? randomUUID,
    nameSuffix: () => nameSuffix(randomBytes(5)),
  };
  const watches = new Set<() => void>();
  const hostNames = options.hostNames ?? [];
  const bodyLimit = options.bodyLimit ?? BODY_LIMIT;
  const app = fastify({
    bodyLimit,
    routerOptions: { maxParamLength: 512 },
    // A path that cannot be decoded gets here before anything else has looked at it.
    frameworkErrors: (_error, _request, reply) => {
      void sendJson(reply, 404, unknownPath().status);
    },
  });
  acceptAnyBody(app);
  guard(app, authenticateTokens(access.tokens), knownHosts(options.address, hostNames));
  answerErrors(app, bodyLimit, onError);
  if (options.metrics !== undefined) measureRequests(app, options.metrics);
  registerHealthRoutes(app, options.healthChecks ?? []);
  if (options.metrics !== undefined) registerMetricsRoute(app, options.metrics);
  registerDiscoveryRoutes(app, kinds, options.version);
  registerResourceRoutes(app, {
    kinds,
    room,
    bookmarkEveryMs: options.bookmarkEveryMs ?? 60_000,
    watches,
    watchGauge: options.metrics?.gauge("weir_api_watches", "Watches that are open on the HTTP API."),
  });
  for (const plugin of options.plugins ?? []) await app.register(plugin);
  await app.ready();

  const names = [...new Set(["127.0.0.1", "::1", "localhost", options.address, ...hostNames])];
  const tlsNow = async (): Promise<TlsOptions> =>
    options.tls ?? (await ensureLocalTls(options.accessDirectory, names, now()));
  let listener: Listener;
  let tls: TlsOptions;
  try {
    tls = await tlsNow();
    listener = await openListener({
      address: options.address,
      port: options.port,
      tls,
      allowsPlain: isLoopback(options.address),
      handle: (request, response) => app.routing(request, response),
    });
  } catch (error) {
    view.close();
    await app.close();
    throw error;
  }
  const renewal = setInterval(() => {
    tlsNow().then((renewed) => listener.replaceCertificate(renewed), onError);
  }, RENEWAL_CHECK_MS).unref();
  const host = bracketed(isEverywhere(options.address) ? (hostNames[0] ?? "localhost") : options.address);
  const authority = tls.certificateAuthority;
  const secureUrl = `https://${host}:${listener.port}`;
  return {
    url: isLoopback(options.address) ? `http://${host}:${listener.port}` : secureUrl,
    secureUrl,
    token: access.adminToken,
    kubeconfig: writeKubeconfig(options.accessDirectory, {
      url: secureUrl,
      token: access.adminToken,
      ...(authority === undefined ? {} : { certificateAuthority: authority }),
    }),
    close: async () => {
      clearInterval(renewal);
      for (const end of [...watches]) end();
      await listener.close();
      view.close();
      await app.close();
    },
  };
}

/** Bytes, for every media type: kubectl sends some that no parser is made for. */
function acceptAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
}

function guard(
  app: FastifyInstance,
  authenticate: (header: string | undefined) => Identity,
  hosts: ReadonlySet<string>,
): void {
  app.decorateRequest("identity", null);
  app.addHook("onRequest", async (request) => {
    if (!isKnownHost(request.headers.host, hosts)) {
      throw forbidden("the request names a host that is not this server");
    }
    const path = request.url.split("?", 1)[0] ?? "";
    if (openPaths.has(path)) return;
    const identity = authenticate(request.headers.authorization);
    request.identity = identity;
    // Resources are authorised where it is known what they are.
    if (/^\/apis?\//.test(path) || mayReadPath(identity, path)) return;
    throw forbidden(
      `User ${JSON.stringify(identity.name)} cannot ${request.method.toLowerCase()} path ${JSON.stringify(path)}`,
    );
  });
}

function answerErrors(app: FastifyInstance, bodyLimit: number, onError: (error: unknown) => void): void {
  app.setNotFoundHandler((_request, reply) => sendJson(reply, 404, unknownPath().status));
  app.setErrorHandler((error, _request, reply) => {
    const answer = answerForError(error, bodyLimit, onError);
    if (answer.code === 401) reply.header("www-authenticate", 'Bearer realm="weir"');
    return sendJson(reply, answer.code, answer.status);
  });
}

function isEverywhere(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** Letters and digits that make no words and are not mistaken for each other. */
function nameSuffix(bytes: Uint8Array): string {
  const alphabet = "bcdfghjklmnpqrstvwxz2456789";
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join("");
}
