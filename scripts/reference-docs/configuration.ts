import { environmentName, flagName, listSettings, type Setting } from "../../src/config/setting.ts";
import { settings } from "../../src/config/settings.ts";
import { code, generatedNote, table } from "./markdown.ts";

/** docs/reference/configuration.md. */
export function configurationPage(): string {
  const all = listSettings(settings);
  const groups = Map.groupBy(all, ({ path }) => (path.includes(".") ? path.slice(0, path.indexOf(".")) : ""));
  const sections = [...groups].map(([group, members]) => {
    const title = group === "" ? "General" : code(group);
    return `## ${title}\n\n${members.map(describe).join("\n\n")}`;
  });
  const fields = table(
    ["field", "value"],
    [...settings.accessLog.fields.default].map(([name, operator]) => [code(name), code(operator)]),
  );
  return `${generatedNote}

# Configuration of the control plane

Every setting can be given in three ways. A flag wins over a variable, a variable over the file, the file over the default.

- **File**: ${code("--config FILE")}, else the variable ${code("WEIR_CONFIG")}, else ${code("$XDG_CONFIG_HOME/weir/config.yaml")}
  (${code("~/.config/weir/config.yaml")}) if there is one.
- **Variable**: ${code("WEIR_")} and the name in upper case. Lists are separated by commas, mappings are ${code("key=value")} pairs
  separated by commas.
- **Flag** of ${code("weir up")}, ${code("weir cp")} and ${code("weir dp")}.

Relative paths count from the working directory; ${code("~/")} is the home directory. A setting that does not exist or has a value it
cannot have is reported with its line, and Weir does not start.

${code("weir up")} has defaults of its own for three settings: ${code("ports")}, ${code("development.certificates")} and
${code("development.demoBackends")}.

\`\`\`yaml
# ~/.config/weir/config.yaml
api:
  port: 9400
ingress:
  redirectToHttps: false
clientAddress:
  from: x-forwarded-for
  trustedNetworks: [10.0.0.0/8]
ports: { 80: 8080, 443: 8443 }
\`\`\`

${sections.join("\n\n")}

## Fields of the access log

${fields}
`;
}

function describe(setting: Setting<unknown>): string {
  const { path, type, defaultText, meaning } = setting;
  return `### ${code(path)}

${meaning}

- Value: ${type.name}
- Default: ${defaultText}
- Variable: ${code(environmentName(path))}, flag: ${code(`--${flagName(path)}`)}`;
}
