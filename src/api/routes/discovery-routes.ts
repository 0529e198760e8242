import type { FastifyInstance, FastifyRequest } from "fastify";
import type { JsonObject } from "../../model/source-object.ts";
import { unknownPath } from "../api-error.ts";
import { aggregated, coreVersions, group, groupList, resourceList, wantsAggregated } from "../discovery/discovery.ts";
import { openApiDocuments } from "../discovery/openapi.ts";
import { sendJson } from "../send.ts";
import type { ServedKinds } from "../served-kinds.ts";

const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** Which Kubernetes API the conventions are those of: clients look at the minor version. */
const kubernetesVersion = { major: "1", minor: "34", gitVersion: "v1.34.0" };

export function registerDiscoveryRoutes(app: FastifyInstance, kinds: ServedKinds, weirVersion: string): void {
  const root = (isCore: boolean, plain: (request: FastifyRequest) => JsonObject): void => {
    app.get(isCore ? "/api" : "/apis", async (request, reply) => {
      if (!wantsAggregated(request.headers.accept)) return sendJson(reply, 200, plain(request));
      return reply.type(aggregatedType).send(JSON.stringify(aggregated(kinds, isCore)));
    });
  };
  root(true, (request) => coreVersions(request.host));
  root(false, () => groupList(kinds));

  app.get<{ Params: { group: string } }>("/apis/:group", (request, reply) =>
    sendJson(reply, 200, found(group(kinds, request.params.group))),
  );
  app.get<{ Params: { version: string } }>("/api/:version", (request, reply) =>
    sendJson(reply, 200, found(resourceList(kinds, "", request.params.version))),
  );
  app.get<{ Params: { group: string; version: string } }>("/apis/:group/:version", (request, reply) =>
    sendJson(reply, 200, found(resourceList(kinds, request.params.group, request.params.version))),
  );

  app.get("/version", (_request, reply) =>
    sendJson(reply, 200, {
      ...kubernetesVersion,
      gitVersion: `${kubernetesVersion.gitVersion}+weir-${weirVersion}`,
      gitCommit: "",
      gitTreeState: "",
      buildDate: "",
      goVersion: "",
      compiler: "",
      platform: `${process.platform}/${process.arch}`,
    }),
  );
  registerOpenApiRoutes(app, kinds, weirVersion);
}

function registerOpenApiRoutes(app: FastifyInstance, kinds: ServedKinds, weirVersion: string): void {
  // Made when somebody asks: the documents are large, and most clients never do.
  let documents: ReturnType<typeof openApiDocuments> | undefined;
  const made = () => {
    documents ??= openApiDocuments(kinds, weirVersion);
    return documents;
  };
  app.get("/openapi/v3", (_request, reply) => sendJson(reply, 200, made().index));
  app.get<{ Params: { "*": string }; Querystring: { hash?: string } }>("/openapi/v3/*", async (request, reply) => {
    const document = found(made().document(request.params["*"]));
    if (request.query.hash === document.hash) reply.header("cache-control", "private, max-age=31536000, immutable");
    return reply.header("etag", `"${document.hash}"`).type("application/json").send(document.text);
  });
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw unknownPath();
  return value;
}
