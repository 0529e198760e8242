import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { podProblem, refusal } from "./problem.ts";

/** What an API server of Kubernetes 1.34 answers. */
const refusals = [
  {
    code: "WR0704",
    status: 403,
    message:
      'deployments.apps "weir-web" is forbidden: exceeded quota: few, requested: count/deployments.apps=1, used: count/deployments.apps=3, limited: count/deployments.apps=3',
    hint: /ResourceQuota/,
  },
  {
    code: "WR0704",
    status: 403,
    message: 'pods "weir-web-1" is forbidden: failed quota: sizes: must specify limits.memory for: envoy',
    hint: /ProxyClass/,
  },
  {
    code: "WR0704",
    status: 403,
    message: 'pods "weir-web-1" is forbidden: maximum memory usage per Container is 16Mi, but limit is 32Mi',
    hint: /LimitRange/,
  },
  {
    code: "WR0703",
    status: 403,
    message:
      'services "weir-web" is forbidden: User "system:serviceaccount:weir-system:weir" cannot patch resource "services" in API group "" in the namespace "shop"',
    hint: /weir install/,
  },
  {
    code: "WR0701",
    status: 403,
    message: 'admission webhook "policy.example.com" denied the request: images come from our registry',
    hint: /ProxyClass/,
  },
  {
    code: "WR0701",
    status: 422,
    message:
      "deployments.apps \"weir-web\" is forbidden: ValidatingAdmissionPolicy 'tiny' with binding 'tiny' denied request: too many replicas",
    hint: /ProxyClass/,
  },
  {
    code: "WR0701",
    status: 500,
    message: 'Internal error occurred: failed calling webhook "policy.example.com": connection refused',
    hint: /ProxyClass/,
  },
  {
    code: "WR0705",
    status: 422,
    message: 'Deployment.apps "weir-web" is invalid: spec.template.spec.containers[0].image: Required value',
    hint: /ProxyClass/,
  },
] as const;

describe("what a refusal means", () => {
  for (const { code, status, message, hint } of refusals) {
    test(`${code}: ${message}`, () => {
      const problem = refusal("Deployment/shop/weir-web", { status, body: { kind: "Status", message } });
      assert.equal(problem.code, code);
      assert.equal(problem.reason, code === "WR0705" ? "Invalid" : "NoResources");
      assert.equal(problem.message, `Deployment/shop/weir-web: ${message}`);
      assert.match(problem.hint, hint);
    });
  }
});

describe("what a Deployment says of its pods", () => {
  const saying = (...conditions: { readonly type: string; readonly status: string; readonly message?: string }[]) =>
    podProblem("Deployment/shop/weir-web", { status: { conditions } });

  test("nothing while they are coming and when they are there", () => {
    assert.equal(podProblem("Deployment/shop/weir-web", undefined), undefined);
    assert.equal(saying({ type: "Available", status: "False" }, { type: "Progressing", status: "True" }), undefined);
  });

  test("that they do not start", () => {
    const message = 'ReplicaSet "weir-web-1" has timed out progressing.';
    const problem = saying({ type: "Progressing", status: "False", message });
    assert.deepEqual([problem?.code, problem?.message], ["WR0706", `Deployment/shop/weir-web: ${message}`]);
  });
});
