import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { kindDefinitions } from "../../src/admission/kinds.ts";
import { mayAccess } from "../../src/api/auth/identity.ts";
import { parseTokenFile } from "../../src/api/auth/token-file.ts";
import { findKubectl, KubectlSession } from "./kubectl-session.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/reference/api.md"), "utf8");

function blocks(language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, text = ""]) =>
    name === language ? [text] : [],
  );
}

const found = await findKubectl();

describe("the examples of docs/reference/api.md", { skip: "missing" in found ? found.missing : false }, () => {
  let session: KubectlSession;
  before(async () => {
    session = await KubectlSession.start("path" in found ? found.path : "");
  });
  after(() => session.close());

  for (const [index, script] of blocks("sh").entries()) {
    it(`${index + 1}: ${script.split("\n")[0]}`, async () => {
      const setUp = "export KUBECONFIG=~/.local/state/weir/kubeconfig\n";
      const { code, stderr } = await session.shell(setUp + script);
      assert.equal(code, 0, stderr);
    });
  }
});

describe("the token file of docs/reference/api.md", () => {
  it("grants what the page says", () => {
    const [text = ""] = blocks("json");
    const [token] = parseTokenFile(text, "tokens.json");
    assert.ok(token);
    const allowed = (kind: string, namespace: string) => {
      const definition = kindDefinitions.find((each) => each.kind === kind);
      return definition !== undefined && mayAccess(token.identity, { verb: "create", definition, namespace });
    };
    assert.ok(allowed("Ingress", "shop"));
    assert.ok(!allowed("Ingress", "default"));
    assert.ok(!allowed("Secret", "shop"));
  });
});
