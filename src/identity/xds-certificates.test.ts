import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { trustBundle, type XdsCertificates, xdsCertificates, xdsServerNames } from "./xds-certificates.ts";
import { readXdsSecret, xdsSecret, xdsTls } from "./xds-secret.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const lifetimes = { authorityMs: 60 * dayMs, serverMs: 15 * dayMs, overlapMs: dayMs };
const names = xdsServerNames("weir", "weir-system");
const start = Date.UTC(2026, 0, 1);

/** What a proxy does: the certificate is signed by an authority of its bundle, and both are valid. */
function accepts(bundle: string, certificate: string, at: number): boolean {
  const isValid = (each: X509Certificate): boolean =>
    each.validFromDate.getTime() <= at && at < each.validToDate.getTime();
  const leaf = new X509Certificate(certificate);
  const authorities = bundle.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return authorities
    .map((pem) => new X509Certificate(pem))
    .some(
      (authority) =>
        isValid(authority) && isValid(leaf) && leaf.checkIssued(authority) && leaf.verify(authority.publicKey),
    );
}

describe("certificates of the xDS port", () => {
  test("are for the names of the Service", () => {
    assert.deepEqual(names, ["weir.weir-system.svc", "weir.weir-system", "weir.weir-system.svc.cluster.local"]);
  });

  test("stay as they are while they are good", async () => {
    const made = await xdsCertificates(undefined, names, new Date(start), lifetimes);
    assert.equal(made.authorities.length, 1);
    assert.equal(await xdsCertificates(made, names, new Date(start + 9 * dayMs), lifetimes), made);
    assert.notEqual(await xdsCertificates(made, [...names, "other"], new Date(start), lifetimes), made);
  });

  test("are accepted at all times by proxies that hear late of servers that hear late", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 40, maxLength: 40 }),
        fc.integer({ min: 1, max: 23 }),
        async (stepsHours, lagHours) => {
          const history: { readonly at: number; readonly certificates: XdsCertificates }[] = [];
          let certificates: XdsCertificates | undefined;
          let now = start;
          let bundles = 0;
          for (let round = 0; round < 6; round++) {
            for (const step of stepsHours) {
              const next = await xdsCertificates(certificates, names, new Date(now), lifetimes);
              if (certificates === undefined || trustBundle(next) !== trustBundle(certificates)) bundles++;
              certificates = next;
              history.push({ at: now, certificates });
              const known = history.filter((each, index) => {
                const replacedAt = history[index + 1]?.at ?? now;
                return replacedAt >= now - lagHours * hourMs || each.at >= now - lagHours * hourMs;
              });
              for (const bundle of new Set(known.map((each) => trustBundle(each.certificates)))) {
                for (const leaf of new Set(known.map((each) => each.certificates.server.certificate))) {
                  assert.ok(accepts(bundle, leaf, now), `not accepted at ${new Date(now).toISOString()}`);
                }
              }
              now += step * hourMs;
            }
          }
          const days = (now - start) / dayMs;
          assert.ok(certificates !== undefined && certificates.authorities.length <= 2);
          if (days > 45) assert.ok(bundles >= 3, "an authority was replaced in the meantime");
        },
      ),
      { numRuns: 8 },
    );
  });

  test("are made anew after everything has expired", async () => {
    const made = await xdsCertificates(undefined, names, new Date(start), lifetimes);
    const later = new Date(start + 100 * dayMs);
    const again = await xdsCertificates(made, names, later, lifetimes);
    assert.equal(again.authorities.length, 1);
    assert.notEqual(again.authorities[0], made.authorities[0]);
    assert.ok(accepts(trustBundle(again), again.server.certificate, later.getTime()));
  });

  test("survive the Secret they are kept in", async () => {
    const first = await xdsCertificates(undefined, names, new Date(start), lifetimes);
    const both = await xdsCertificates(first, names, new Date(start + 41 * dayMs), lifetimes);
    assert.equal(both.authorities.length, 2);
    const secret = xdsSecret("weir-system", "weir-xds", both);
    const read = readXdsSecret(secret);
    assert.ok(read !== undefined);
    assert.deepEqual(xdsSecret("weir-system", "weir-xds", read), secret);
    assert.equal(trustBundle(read), trustBundle(both));
    assert.equal(xdsTls(read).certificate, both.server.certificate);
    assert.doesNotMatch(inspect(read, { depth: 5 }) + JSON.stringify(read), /PRIVATE KEY/);
    assert.equal(await xdsCertificates(read, names, new Date(start + 41 * dayMs), lifetimes), read);
  });

  test("that are damaged or somebody else's are not taken", async () => {
    const made = await xdsCertificates(undefined, names, new Date(start), lifetimes);
    const other = await xdsCertificates(undefined, names, new Date(start), lifetimes);
    const mixed = { ...made, server: { ...made.server, privateKey: other.server.privateKey } };
    assert.equal(readXdsSecret(xdsSecret("n", "s", mixed)), undefined);
    assert.equal(
      readXdsSecret({ data: { "tls.crt": "AAAA", "tls.key": "AAAA", "ca.crt": "", "ca.key": "" } }),
      undefined,
    );
    assert.equal(readXdsSecret(undefined), undefined);
    assert.equal(readXdsSecret({ data: "?" }), undefined);
  });
});
