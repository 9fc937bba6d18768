# Completion of PROGRAM for fish. The program splits, fish quotes; nothing here is evaluated.
function __complete_PROGRAM
    set -l reply (commandline -cp | command PROGRAM REQUEST fish 2>/dev/null)
    set -l mode $reply[1]
    set -e reply[1]
    if test "$mode" = files
        # Without the quote that is still open, and without backslashes.
        set -l word (commandline -ct | string replace -r '^(-[^=]*=)?["\']' '$1' | string unescape)
        set -l flag (string match -r -- '^-[^=]*=' $word)
        __fish_complete_path (string replace -- "$flag" '' $word) | string replace -r -- '^' "$flag"
    else if test (count $reply) -gt 0
        printf '%s\n' $reply
    end
end
complete -c PROGRAM -e
complete -c PROGRAM -f -a '(__complete_PROGRAM)'
