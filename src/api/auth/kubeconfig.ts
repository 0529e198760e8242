export interface KubeconfigInput {
  /** `http://127.0.0.1:9347`. */
  readonly url: string;
  readonly token: string;
  /** PEM of the authority that signed the server's certificate, where the URL is https. */
  readonly certificateAuthority?: string;
}

/** A kubeconfig with one cluster, user and context, all named weir. Texts are written as JSON, which YAML reads as well. */
export function formatKubeconfig({ url, token, certificateAuthority }: KubeconfigInput): string {
  const authority =
    certificateAuthority === undefined
      ? ""
      : `\n      certificate-authority-data: ${Buffer.from(certificateAuthority).toString("base64")}`;
  return `apiVersion: v1
kind: Config
current-context: weir
clusters:
  - name: weir
    cluster:
      server: ${JSON.stringify(url)}${authority}
contexts:
  - name: weir
    context:
      cluster: weir
      user: weir
      namespace: default
users:
  - name: weir
    user:
      token: ${JSON.stringify(token)}
`;
}
