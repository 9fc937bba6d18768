# Completion of PROGRAM for bash. The program splits and quotes; nothing here is evaluated.
_PROGRAM() {
    local line mode='' program=$1
    COMPREPLY=()
    [[ $program == '~/'* ]] && program=$HOME/${program#'~/'}
    while IFS= read -r line; do
        if [[ -z $mode ]]; then
            mode=$line
        else
            COMPREPLY+=("$line")
        fi
    done < <(printf '%s' "${COMP_LINE:0:COMP_POINT}" | "$program" REQUEST bash "$COMP_WORDBREAKS" 2>/dev/null)
    case $mode in
        files) compopt -o default 2>/dev/null ;;
        nospace) compopt -o nospace 2>/dev/null ;;
    esac
}
complete -F _PROGRAM PROGRAM
