import { defaultEncodeOptions, type EncodeOptions } from "./options.ts";

/** Where systems keep the certificate authorities they trust: Debian and Alpine, Fedora and RHEL, openSUSE, macOS. */
const rootFiles = [
  defaultEncodeOptions.systemRoots,
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** What is known of proxies that run on the machine of the control plane: Envoy refuses a missing file, and cannot bind "::" without IPv6. */
export function localEncodeOptions(machine: {
  readonly platform: NodeJS.Platform;
  readonly exists: (path: string) => boolean;
}): Pick<EncodeOptions, "systemRoots" | "anyAddress"> {
  const hasIpv6 = machine.platform !== "linux" || machine.exists("/proc/net/if_inet6");
  return {
    systemRoots: rootFiles.find(machine.exists) ?? defaultEncodeOptions.systemRoots,
    anyAddress: hasIpv6 ? "::" : "0.0.0.0",
  };
}
