import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { inspect, promisify } from "node:util";
import { type DevelopmentCa, DevelopmentCaError, ensureDevelopmentCa, readDevelopmentCa } from "./development-ca.ts";
import { isCertificateName, isStillGood, issueServerCertificate } from "./server-certificate.ts";
import { trustSteps } from "./trust.ts";

const run = promisify(execFile);
const now = new Date();
const dayMs = 86_400_000;

describe("the development certificate authority", () => {
  let folder = "";
  let ca: DevelopmentCa;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "weir-ca-"));
    ca = await ensureDevelopmentCa(join(folder, "data/ca"), now);
  });
  after(() => rm(folder, { recursive: true }));

  test("is made once and found again", async () => {
    assert.equal(ca.created, true);
    const again = await ensureDevelopmentCa(join(folder, "data/ca"), now);
    assert.equal(again.created, false);
    assert.equal(again.certificate, ca.certificate);
    assert.equal(await readDevelopmentCa(join(folder, "elsewhere"), now), undefined);
  });

  test("keeps its key to its owner and out of print", async () => {
    const { mode } = await stat(join(folder, "data/ca/ca.key"));
    assert.equal(mode & 0o777, 0o600);
    assert.doesNotMatch(inspect(ca, { depth: 5 }) + JSON.stringify(ca), /PRIVATE KEY/);
  });

  test("is one and the same for processes that ask at the same time", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => ensureDevelopmentCa(join(folder, "race/ca"), now)));
    assert.equal(new Set(all.map(({ certificate }) => certificate)).size, 1);
    assert.equal(all.filter(({ created }) => created).length, 1);
    assert.deepEqual(await readdir(join(folder, "race")), ["ca"], "no drafts are left behind");
  });

  test("is not replaced when it is damaged, but the way out is told", async () => {
    const damaged = join(folder, "damaged");
    await ensureDevelopmentCa(damaged, now);
    const other = await ensureDevelopmentCa(join(folder, "other"), now);
    await writeFile(join(damaged, "ca.key"), other.privateKey.reveal());
    await assert.rejects(ensureDevelopmentCa(damaged, now), (error: Error) => {
      assert.ok(error instanceof DevelopmentCaError);
      assert.match(error.message, /has a key that does not belong to its certificate; remove that directory/);
      return true;
    });
    await writeFile(join(damaged, "ca.key"), "rubbish");
    await assert.rejects(ensureDevelopmentCa(damaged, now), /cannot be read/);
    await rm(join(damaged, "ca.key"));
    await assert.rejects(ensureDevelopmentCa(damaged, now), /is incomplete/);
    await assert.rejects(ensureDevelopmentCa(join(folder, "other"), new Date(now.getTime() + 3700 * dayMs)), /expired/);
  });

  test("issues certificates that openssl verifies, for hosts, wildcards and addresses", async () => {
    const { certificate } = await issueServerCertificate(ca, ["shop.test", "*.shop.test", "127.0.0.1", "::1"], now);
    const file = join(folder, "leaf.crt");
    await writeFile(file, certificate);
    for (const check of [
      ["-verify_hostname", "shop.test"],
      ["-verify_hostname", "api.shop.test"],
      ["-verify_ip", "127.0.0.1"],
      ["-verify_ip", "::1"],
    ]) {
      const arguments_ = ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", ca.certificateFile, ...check];
      const { stdout } = await run("openssl", [...arguments_, file]);
      assert.match(stdout, /: OK/);
    }
    await assert.rejects(
      run("openssl", ["verify", "-CAfile", ca.certificateFile, "-verify_hostname", "other.test", file]),
    );
    const { ca: isAuthority, validFrom, validTo } = new X509Certificate(certificate);
    assert.equal(isAuthority, false);
    assert.ok(new Date(validFrom) < now);
    assert.equal(Math.round((new Date(validTo).getTime() - now.getTime()) / dayMs), 90);
  });

  test("a client that trusts the authority reaches a server with its certificate", async () => {
    const { certificate, privateKey } = await issueServerCertificate(ca, ["localhost"], now);
    const server = createServer({ cert: certificate, key: privateKey.reveal() }, (_, response) =>
      response.end("hello"),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const address = server.address();
      assert.ok(typeof address === "object" && address !== null);
      const { port } = address;
      const url = `https://localhost:${port}/`;
      const { stdout } = await run("curl", [
        "-s",
        "--resolve",
        `localhost:${port}:127.0.0.1`,
        "--cacert",
        ca.certificateFile,
        url,
      ]);
      assert.equal(stdout, "hello");
    } finally {
      server.close();
    }
  });

  test("a certificate is kept while it fits, and renewed in time", async () => {
    const names = ["b.test", "a.test"];
    const { certificate } = await issueServerCertificate(ca, names, now);
    assert.equal(isStillGood(certificate, ca, ["a.test", "b.test"], now), true);
    assert.equal(isStillGood(certificate, ca, ["a.test"], now), false);
    assert.equal(isStillGood(certificate, ca, names, new Date(now.getTime() + 61 * dayMs)), false);
    assert.equal(isStillGood(certificate, await ensureDevelopmentCa(join(folder, "third"), now), names, now), false);
    assert.equal(isStillGood("rubbish", ca, names, now), false);
  });

  test("trust commands name the certificate's file, in a form the shell takes", async () => {
    const linux = trustSteps("/home/some body/ca.crt", "linux").flatMap(({ commands }) => commands);
    assert.ok(linux.some((command) => command.includes("'/home/some body/ca.crt'")));
    assert.match(trustSteps(ca.certificateFile, "darwin")[0]?.commands[0] ?? "", /security add-trusted-cert/);
    assert.match(await readFile(ca.certificateFile, "utf8"), /BEGIN CERTIFICATE/);
  });

  test("only host names and addresses are certificate names", async () => {
    for (const name of ["a", "a.b-c.test", "*.a.test", "10.0.0.1", "::1"])
      assert.equal(isCertificateName(name), true, name);
    for (const name of ["", "a b", "*", "a.*.test", "-a.test", "a..b", "a/b"])
      assert.equal(isCertificateName(name), false, name);
    await assert.rejects(issueServerCertificate(ca, ["a b"], now));
  });
});
