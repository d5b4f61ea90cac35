# Completion for bash, made by "triplicati completion bash".

# Adds the words of the first argument that begin with the value; the others are put in front of each.
_triplicati_words() {
    local word
    for word in $1; do
        [[ $word == "$value"* ]] && COMPREPLY+=("$before$word")
    done
}

# Adds paths that begin with the value: -f for all, -d for folders.
_triplicati_paths() {
    local path
    compopt -o filenames 2>/dev/null
    while IFS= read -r path; do
        COMPREPLY+=("$before$path")
    done < <(compgen "$1" -- "$value")
}

_triplicati_topics='<<topics>>'

_triplicati_options='<<options>>'

_triplicati_positional() {
    case $command in
        '') _triplicati_words '<<commands>>' ;;
        help) ((count == 1)) && _triplicati_words "$_triplicati_topics" ;;
        completion) ((count == 1)) && _triplicati_words 'bash zsh fish' ;;
        man) _triplicati_paths -d ;;
        <<destination>>)
            if ((count > 1)); then
                _triplicati_paths -f
            elif [[ $value == file://* ]]; then
                before=file:// value=${value#file://}
                _triplicati_paths -d
            elif [[ $value && file:// == "$value"* && -z $(compgen -d -- "$value") ]]; then
                COMPREPLY=(file://)
                compopt -o nospace 2>/dev/null
            else
                _triplicati_paths -d
            fi ;;
        *) _triplicati_paths -f ;;
    esac
}

_triplicati_option_value() {
    before=${value%%=*}=
    local name=${value%%=*}
    value=${value#*=}
    case $name in
<<values>>
        <<paths>>)
            _triplicati_paths -f ;;
    esac
}

_triplicati_option_name() {
    local option
    for option in $_triplicati_options; do
        [[ --$option == "$value"* ]] && COMPREPLY+=("--$option")
    done
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}

_triplicati() {
    local words=() glue= piece i value before= command= count=0 strip
    COMPREPLY=()
    # bash splits words at "=" and ":"; here they are whole.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        piece=${COMP_WORDS[i]}
        if [[ $piece =~ ^[=:]+$ && ${#words[@]} -gt 0 ]]; then
            words[${#words[@]} - 1]+=$piece
            glue=1
        elif [[ $glue && ! ( $i == "$COMP_CWORD" && -z $piece && ${COMP_LINE:COMP_POINT-1:1} == ' ' ) ]]; then
            words[${#words[@]} - 1]+=$piece
            glue=
        else
            words+=("$piece")
            glue=
        fi
    done
    value=${words[${#words[@]} - 1]-}
    # Only the last piece is replaced.
    piece=${COMP_WORDS[COMP_CWORD]-}
    [[ $piece =~ ^[=:]+$ ]] && piece=
    strip=${value%"$piece"}
    for ((i = 0; i < ${#words[@]} - 1; i++)); do
        [[ ${words[i]} == --* ]] && continue
        [[ $command ]] || command=${words[i]}
        ((count++))
    done
    # A quote that is still open stays where it is.
    value=${value#[\"\']}
    strip=${strip#[\"\']}
    case $value in
        --*=*) _triplicati_option_value ;;
        --*) _triplicati_option_name ;;
        *) _triplicati_positional ;;
    esac
    COMPREPLY=("${COMPREPLY[@]#"$strip"}")
}

complete -F _triplicati <<programs>>
