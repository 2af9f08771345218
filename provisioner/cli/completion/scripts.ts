import { quote } from '../../engine/shell';

export const completionShells = ['bash', 'zsh', 'fish'] as const;
export type CompletionShell = (typeof completionShells)[number];

/** Where the command line is: completion asks it what can follow. */
export interface Installation {
  /** The program that `npx stagecraft` starts. */
  readonly program: string;
  /** The folder below which `npm run` means this project. */
  readonly project: string;
}

/** What a shell has to read, in its own language, to complete stagecraft's command lines. */
export function completionScript(shell: CompletionShell, installation: Installation): string {
  return scripts[shell](installation);
}

const scripts: Readonly<Record<CompletionShell, (installation: Installation) => string>> = {
  bash: ({
    program,
    project,
  }) => `# bash completion of stagecraft: stagecraft, npx stagecraft, and npm run COMMAND -- below ${project}
_stagecraft() {
  local reply
  COMPREPLY=()
  while IFS= read -r reply; do
    if [ "$reply" = :files ]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
      return
    fi
    COMPREPLY+=("$reply")
  done < <(node ${quote(program)} __complete bash -- "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}

# Lines of npm and npx that are not ours go to whoever completed them before.
_stagecraft_npm() {
  COMPREPLY=()
  case $PWD/ in
    ${quote(project)}/*) _stagecraft ;;
  esac
  local before=_stagecraft_before_$1
  if [ \${#COMPREPLY[@]} -eq 0 ] && [ -n "\${!before-}" ]; then "\${!before}" "$@"; fi
}

_stagecraft_before() {
  complete -p "$1" 2>/dev/null | sed -n 's/.* -F \\([^ ]*\\) .*/\\1/p' | grep -v '^_stagecraft_npm$'
}
_stagecraft_before_npm=\${_stagecraft_before_npm-$(_stagecraft_before npm)}
_stagecraft_before_npx=\${_stagecraft_before_npx-$(_stagecraft_before npx)}

complete -F _stagecraft stagecraft
complete -o default -F _stagecraft_npm npm npx
`,
  zsh: ({ program, project }) => `#compdef stagecraft
# zsh completion of stagecraft: stagecraft, npx stagecraft, and npm run COMMAND -- below ${project}
_stagecraft() {
  local -a found
  local line
  for line in "\${(@f)$(node ${quote(program)} __complete zsh -- "\${(@Q)words[1,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    # A colon divides a word from its description.
    [[ -z $line ]] || found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  (( $#found )) || return 1
  _describe stagecraft found
}

# Lines of npm and npx that are not ours go to whoever completed them before.
_stagecraft_npm() {
  if [[ $PWD/ == ${quote(project)}/* ]] && _stagecraft; then return; fi
  local before=\${_stagecraft_before[$words[1]]:-_default}
  $before "$@"
}

typeset -gA _stagecraft_before
for _stagecraft_program in npm npx; do
  [[ \${_comps[$_stagecraft_program]-} == _stagecraft_npm ]] || _stagecraft_before[$_stagecraft_program]=\${_comps[$_stagecraft_program]-}
done
unset _stagecraft_program
compdef _stagecraft stagecraft
compdef _stagecraft_npm npm npx
`,
  fish: ({
    program,
    project,
  }) => `# fish completion of stagecraft: stagecraft, npx stagecraft, and npm run COMMAND -- below ${project}
function __stagecraft
    set -l words (commandline -opc) (commandline -ct)
    for line in (node ${fishQuote(program)} __complete fish -- $words 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end

function __stagecraft_here
    string match -q -- ${fishQuote(project)}'/*' $PWD/
end

complete -c stagecraft -f -a '(__stagecraft)'
complete -c npm -n __stagecraft_here -a '(__stagecraft)'
complete -c npx -n __stagecraft_here -a '(__stagecraft)'
`,
};

/** fish knows two escapes between single quotes: of the quote and of the backslash. */
function fishQuote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
