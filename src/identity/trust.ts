export interface TrustStep {
  readonly system: string;
  readonly commands: readonly string[];
}

/** How to make the machine's programs trust an authority, by kind of system; the ones of `platform` only. */
export function trustSteps(certificateFile: string, platform: NodeJS.Platform): readonly TrustStep[] {
  const file = quote(certificateFile);
  if (platform === "darwin") {
    return [
      {
        system: "macOS",
        commands: [`sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ${file}`],
      },
    ];
  }
  return [
    {
      system: "Debian, Ubuntu",
      commands: [
        `sudo cp ${file} /usr/local/share/ca-certificates/weir-development-ca.crt`,
        "sudo update-ca-certificates",
      ],
    },
    {
      system: "Fedora, RHEL",
      commands: [`sudo cp ${file} /etc/pki/ca-trust/source/anchors/weir-development-ca.crt`, "sudo update-ca-trust"],
    },
    {
      system: "Firefox and Chromium on Linux",
      commands: [`certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n "Weir development CA" -i ${file}`],
    },
  ];
}

/** A word for a POSIX shell. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
