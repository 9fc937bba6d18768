#compdef PROGRAM
# Completion of PROGRAM for zsh. The program splits, zsh quotes; nothing here is evaluated.
_PROGRAM() {
    local line=${(j: :)words[1,CURRENT-1]}\ ${compstate[quote]}$PREFIX entry mode
    local -a reply values shown begun begunShown
    reply=("${(@f)$(print -rn -- "$line" | ${~words[1]} REQUEST zsh 2>/dev/null)}")
    mode=$reply[1]
    for entry in "${(@)reply[2,-1]}"; do
        if [[ $mode == nospace || ${entry%%$'\t'*} == *[:=/] ]]; then # more follows, without a blank
            begun+=("${entry%%$'\t'*}")
            begunShown+=("${entry/$'\t'/  -- }")
        else
            values+=("${entry%%$'\t'*}")
            shown+=("${entry/$'\t'/  -- }")
        fi
    done
    case $mode in
        files)
            [[ $PREFIX == -*=* ]] && compset -P '*='
            _files ;;
        nospace|words)
            (( $#values )) && compadd -l -d shown -a values
            (( $#begun )) && compadd -S '' -l -d begunShown -a begun ;;
    esac
}
if [[ $funcstack[1] == _PROGRAM ]]; then
    _PROGRAM
else
    compdef _PROGRAM PROGRAM
fi
