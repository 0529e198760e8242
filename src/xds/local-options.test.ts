import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { localEncodeOptions } from "./local-options.ts";

describe("options for proxies on this machine", () => {
  const on = (platform: NodeJS.Platform, ...files: string[]) =>
    localEncodeOptions({ platform, exists: (path) => files.includes(path) });

  it("name the file of trusted roots that is there", () => {
    assert.equal(on("linux", "/etc/pki/tls/certs/ca-bundle.crt").systemRoots, "/etc/pki/tls/certs/ca-bundle.crt");
    assert.equal(on("darwin", "/etc/ssl/cert.pem").systemRoots, "/etc/ssl/cert.pem");
    assert.equal(on("linux").systemRoots, "/etc/ssl/certs/ca-certificates.crt");
  });

  it("bind both families only where the kernel has both", () => {
    assert.equal(on("linux", "/proc/net/if_inet6").anyAddress, "::");
    assert.equal(on("linux").anyAddress, "0.0.0.0");
    assert.equal(on("darwin").anyAddress, "::");
  });
});
