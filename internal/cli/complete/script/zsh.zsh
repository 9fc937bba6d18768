#compdef PROGRAM
# Completion of PROGRAM for zsh. The program splits, zsh quotes; nothing here is evaluated.
_PROGRAM() {
    local line=${(j: :)words[1,CURRENT-1]}\ ${compstate[quote]}$PREFIX entry mode
    local -a reply values shown rest
    reply=("${(@f)$(print -rn -- "$line" | ${~words[1]} REQUEST zsh 2>/dev/null)}")
    mode=$reply[1]
    for entry in "${(@)reply[2,-1]}"; do
        values+=("${entry%%$'\t'*}")
        shown+=("${entry/$'\t'/  -- }")
    done
    case $mode in
        files)
            [[ $PREFIX == -*=* ]] && compset -P '*='
            _files ;;
        nospace) rest=(-S '') ;&
        words) (( $#values )) && compadd $rest -l -d shown -a values ;;
    esac
}
if [[ $funcstack[1] == _PROGRAM ]]; then
    _PROGRAM
else
    compdef _PROGRAM PROGRAM
fi
