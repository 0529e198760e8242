import { type EnvoyRelease, oldestEnvoyRelease } from "./envoy-release.ts";

/** What encoding needs to know beyond the plan. */
export interface EncodeOptions {
  /** What proxies run at least; fields of later releases are not sent. */
  readonly envoyRelease: EnvoyRelease;
  /** The file with the operating system's trusted roots, as the proxies see it. */
  readonly systemRoots: string;
  /** What listeners without an address bind: `::` takes IPv4 too, but needs a kernel with IPv6. */
  readonly anyAddress: "::" | "0.0.0.0";
  /** Classes whose proxies get a plan even while nothing is meant for them: an empty one. */
  readonly knownClasses: readonly string[];
}

export const defaultEncodeOptions: EncodeOptions = {
  envoyRelease: oldestEnvoyRelease,
  systemRoots: "/etc/ssl/certs/ca-certificates.crt",
  anyAddress: "::",
  knownClasses: [],
};
