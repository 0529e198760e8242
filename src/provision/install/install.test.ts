import assert from "node:assert/strict";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseAllDocuments, stringify } from "yaml";
import { isObject, listAt } from "../../model/json.ts";
import type { Json, JsonObject } from "../../model/source-object.ts";
import { version } from "../../version.ts";
import { chartFiles } from "./chart.ts";
import { customResourceDefinition, ownKinds } from "./custom-resources.ts";
import { installation } from "./installation.ts";
import { clusterRules, installationRules, type RoleRule } from "./roles.ts";

const folder = new URL("../../../deploy/helm/weir/", import.meta.url);
const image = `weir/weir:${version}`;

function write(objects: readonly JsonObject[]): string {
  const options = { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" } as const;
  return objects.map((object) => stringify(object, options)).join("---\n");
}

describe("the Helm chart", () => {
  const files = chartFiles(version, image, write);

  test("is what the program would write", () => {
    for (const [name, text] of files) {
      const file = new URL(name, folder);
      if (process.env.UPDATE_GOLDEN === "1") {
        mkdirSync(dirname(fileURLToPath(file)), { recursive: true });
        writeFileSync(file, text);
      }
      assert.equal(readFileSync(file, "utf8"), text, `${name}: run with UPDATE_GOLDEN=1`);
    }
    const found = globSync("**/*.yaml", { cwd: fileURLToPath(folder) });
    assert.deepEqual(found.toSorted(), [...files.keys()].toSorted());
  });

  test("offers no value that means something else to readers of YAML 1.1, kubectl among them, unless it is quoted", () => {
    for (const text of [...files.values()].filter((each) => !each.includes("{{"))) {
      const read = (yaml: "1.1" | "1.2") =>
        parseAllDocuments(text, { version: yaml }).map((document) => document.toJS());
      assert.deepEqual(read("1.1"), read("1.2"));
    }
    const enums = JSON.stringify(ownKinds.map(customResourceDefinition)).matchAll(/"enum":\[(.*?)\]/g);
    for (const [, list = ""] of enums) assert.doesNotMatch(list, /"(y|n|yes|no|on|off)"/i);
  });

  test("gives with its values what weir install prints", () => {
    const rendered = (files.get("templates/weir.yaml") ?? "")
      .replaceAll("{{ .Release.Namespace }}", "weir-system")
      .replaceAll("{{ .Values.image }}", image)
      .replaceAll("{{ .Values.replicas }}", "2")
      .replaceAll("{{ .Values.memoryLimit }}", "1Gi");
    assert.ok(!rendered.includes("{{"));
    const objects = parseAllDocuments(rendered).map((document) => document.toJS());
    assert.deepEqual(
      objects,
      installation({ namespace: "weir-system", image, replicas: 2, memoryLimit: "1Gi" }).objects,
    );
  });
});

function permissions(rules: readonly RoleRule[]): string[] {
  return rules.flatMap((rule) => {
    const verbs = rule.verbs.join(",");
    const names = texts(rule, "resourceNames").map((name) => `[${name}]`);
    const groups = texts(rule, "apiGroups").flatMap((group) =>
      texts(rule, "resources").map((resource) => `${resource}.${group}${names.join("")}: ${verbs}`),
    );
    return [...groups, ...texts(rule, "nonResourceURLs").map((url) => `${url}: ${verbs}`)];
  });
}

function texts(rule: RoleRule, field: string): string[] {
  return listAt(rule, field).filter((value) => typeof value === "string");
}

describe("least privilege", () => {
  test("in the whole cluster", () => {
    assert.deepEqual(permissions(clusterRules()), [
      "configmaps.: get,list,watch",
      "namespaces.: get,list,watch",
      "secrets.: get,list,watch",
      "services.: get,list,watch",
      "endpointslices.discovery.k8s.io: get,list,watch",
      "backendtlspolicies.gateway.networking.k8s.io: get,list,watch",
      "gatewayclasses.gateway.networking.k8s.io: get,list,watch",
      "gateways.gateway.networking.k8s.io: get,list,watch",
      "grpcroutes.gateway.networking.k8s.io: get,list,watch",
      "httproutes.gateway.networking.k8s.io: get,list,watch",
      "listenersets.gateway.networking.k8s.io: get,list,watch",
      "referencegrants.gateway.networking.k8s.io: get,list,watch",
      "tcproutes.gateway.networking.k8s.io: get,list,watch",
      "tlsroutes.gateway.networking.k8s.io: get,list,watch",
      "udproutes.gateway.networking.k8s.io: get,list,watch",
      "ingressclasses.networking.k8s.io: get,list,watch",
      "ingresses.networking.k8s.io: get,list,watch",
      "accesspolicies.weir.dev: get,list,watch",
      "proxyclasses.weir.dev: get,list,watch",
      "pods.: get,list,watch",
      "backendtlspolicies/status.gateway.networking.k8s.io: patch",
      "gatewayclasses/status.gateway.networking.k8s.io: patch",
      "gateways/status.gateway.networking.k8s.io: patch",
      "grpcroutes/status.gateway.networking.k8s.io: patch",
      "httproutes/status.gateway.networking.k8s.io: patch",
      "listenersets/status.gateway.networking.k8s.io: patch",
      "tcproutes/status.gateway.networking.k8s.io: patch",
      "tlsroutes/status.gateway.networking.k8s.io: patch",
      "udproutes/status.gateway.networking.k8s.io: patch",
      "ingresses/status.networking.k8s.io: patch",
      "accesspolicies/status.weir.dev: patch",
      "configmaps.: get,list,watch,create,patch,delete",
      "serviceaccounts.: get,list,watch,create,patch,delete",
      "services.: get,list,watch,create,patch,delete",
      "deployments.apps: get,list,watch,create,patch,delete",
      "poddisruptionbudgets.policy: get,list,watch,create,patch,delete",
      "events.events.k8s.io: create,patch",
      "/.well-known/openid-configuration: get",
      "/openid/v1/jwks: get",
    ]);
  });

  test("in the namespace of the installation", () => {
    assert.deepEqual(permissions(installationRules()), [
      "leases.coordination.k8s.io: create",
      "leases.coordination.k8s.io[weir]: get,update",
      "secrets.: create",
      "secrets.[weir-xds]: update,patch",
    ]);
  });
});

describe("definitions of kinds", () => {
  for (const kind of ownKinds) {
    test(`the schema of ${kind.kind} is structural: every value has a type, or says that it may be anything`, () => {
      const definition = customResourceDefinition(kind);
      const [first] = listAt(definition, "spec", "versions");
      assert.ok(isObject(first) && isObject(first.schema) && isObject(first.schema.openAPIV3Schema));
      check(first.schema.openAPIV3Schema, kind.kind);
    });
  }
});

function check(schema: Json, path: string): void {
  assert.ok(isObject(schema), path);
  const typed = typeof schema.type === "string" || schema["x-kubernetes-int-or-string"] === true;
  assert.ok(typed, `${path} has no type`);
  if (schema.type === "array") assert.ok(schema.items !== undefined, `${path} has no items`);
  assert.ok(!(schema.properties !== undefined && schema.additionalProperties !== undefined), path);
  if (isObject(schema.properties)) {
    for (const [name, field] of Object.entries(schema.properties)) check(field ?? null, `${path}.${name}`);
  }
  if (schema.items !== undefined) check(schema.items, `${path}[]`);
  if (schema.additionalProperties !== undefined) check(schema.additionalProperties, `${path}{}`);
}
