import type { CommandDefinition } from "./command.ts";
import { longName } from "./option.ts";

/** What may follow each chain of words: subcommands, or the long options of a command. */
interface Words {
  readonly after: string;
  readonly words: readonly string[];
}

/** A completion script for `weir`: commands, their options and the choices of options. */
export function renderCompletion(shell: "bash" | "zsh" | "fish", commands: readonly CommandDefinition[]): string {
  switch (shell) {
    case "bash":
      return bashScript(tree(commands));
    case "zsh":
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(tree(commands))}`;
    case "fish":
      return fishScript(commands);
  }
}

function tree(commands: readonly CommandDefinition[]): readonly Words[] {
  const groups = Map.groupBy(commands, ({ name }) => name.split(" ")[0] ?? "");
  return [
    { after: "", words: [...groups.keys()] },
    ...[...groups].flatMap(([group, members]) =>
      members.some(({ name }) => name === group)
        ? []
        : [{ after: group, words: members.map(({ name }) => name.slice(group.length + 1)) }],
    ),
    ...commands.map(({ name, options }) => ({
      after: name,
      words: options.map((option) => `--${longName(option)}`),
    })),
  ];
}

function bashScript(words: readonly Words[]): string {
  const cases = words.map(
    ({ after, words }) => `    ${JSON.stringify(after)}) words=${JSON.stringify(words.join(" "))} ;;`,
  );
  return `_weir() {
  local chain="" word words="" current="\${COMP_WORDS[COMP_CWORD]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$chain $word" in
      ${words
        .filter(({ after }) => after !== "")
        .map(({ after }) => (after.includes(" ") ? JSON.stringify(after) : JSON.stringify(` ${after}`)))
        .join(" | ")}) chain="\${chain:+$chain }$word" ;;
    esac
  done
  case "$chain" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ "\${#COMPREPLY[@]}" -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -F _weir weir
`;
}

function fishScript(commands: readonly CommandDefinition[]): string {
  const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, summary, options }) => {
    const [first = "", second] = name.split(" ");
    const here =
      second === undefined
        ? `__fish_seen_subcommand_from ${first}`
        : `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`;
    const offer =
      second === undefined
        ? `complete -c weir -n __fish_use_subcommand -a ${first} -d ${quoted(summary)}`
        : `complete -c weir -n ${quoted(`__fish_seen_subcommand_from ${first}`)} -a ${second} -d ${quoted(summary)}`;
    const flags = options.map((option) => {
      const choices = option.choices.length === 0 ? "" : ` -x -a ${quoted(option.choices.join(" "))}`;
      return `complete -c weir -n ${quoted(here)} -l ${longName(option)} -d ${quoted(option.meaning)}${choices}`;
    });
    return [offer, ...flags];
  });
  const groups = new Set(commands.flatMap(({ name }) => (name.includes(" ") ? [name.split(" ")[0] ?? ""] : [])));
  const groupLines = [...groups].map((group) => `complete -c weir -n __fish_use_subcommand -a ${group}`);
  return `${[...groupLines, ...lines].join("\n")}\n`;
}
