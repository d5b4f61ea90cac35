#compdef <<programs>>
# Completion for zsh, made by "triplicati completion zsh".

_triplicati_commands() {
    local -a commands
    commands=(
<<commands>>
    )
    _describe -t commands command commands
}

_triplicati_topics() {
    local -a topics
    topics=(
<<topics>>
    )
    _describe -t topics topic topics
}

_triplicati_argument() {
    local word command
    local -i count=0
    for word in ${words[2,CURRENT-1]}; do
        [[ $word == --* ]] && continue
        : ${command:=$word}
        count+=1
    done
    case $command in
        help) ((count == 1)) && _triplicati_topics ;;
        completion) ((count == 1)) && compadd bash zsh fish ;;
        man) _files -/ ;;
        <<destination>>)
            if ((count > 1)); then
                _files
            elif compset -P 'file://'; then
                _files -/
            else
                _files -/ || compadd -S '' file://
            fi ;;
        *) _files ;;
    esac
}

_triplicati() {
    _arguments -S \
<<options>>
        '1:command:_triplicati_commands' \
        '*:argument:_triplicati_argument'
}

if [[ $funcstack[1] == _triplicati ]]; then
    _triplicati "$@"
else
    compdef _triplicati <<programs>>
fi
